/** The resumable link between the internal proxy and the agent. */
export { recycle } from "./blocks.ts";
export { type ConnectOptions, connectSession, type Dial, endSession } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type EndReason, LinkError, type LinkErrorKind, StreamCode, StreamError } from "./errors.ts";
export { readMessage, readParts, writeMessage } from "./message.ts";
export { type ServerOptions, type SessionInfo, SessionServer } from "./server.ts";
export { Session } from "./session.ts";
export type { Stream } from "./stream.ts";
export type { OpenOptions } from "./streams.ts";
export { connTunnel, type Tunnel } from "./tunnel.ts";
