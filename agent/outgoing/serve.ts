/** Connections that the program makes, from the target's network. */
import { encode } from "../../protocol/schema.ts";
import { ConnectReply } from "../../protocol/agent/messages.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import type { Stream } from "../../protocol/link/mod.ts";
import type { Body, Reply } from "../client.ts";
import { finish } from "../finish.ts";
import type { Services } from "../services.ts";
import { EAFNOSUPPORT, EINVAL, errnoOf } from "../system/errno.ts";
import { SystemError } from "../system/system_error.ts";
import { internetAddress } from "./address.ts";
import { type Connection, connectTcp } from "./tcp.ts";
import { connectUdp } from "./udp.ts";
import { connectPackets, connectUnix } from "./unix.ts";

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;

/** Connects, answers, and carries the bytes or datagrams until both sides are done. */
export async function serveConnect(stream: Stream, services: Services, request: Body<"connect">): Promise<void> {
  if (stream.lossy !== (request.socketType === SOCK_DGRAM)) {
    return stream.reset(EINVAL, "datagrams travel on lossy streams, and nothing else does");
  }
  let connection: Connection | null = null;
  const attempt = new AbortController();
  // Whoever wants the connection may be gone before it stands.
  void stream.closed.then(() => connection === null && attempt.abort());
  try {
    connection = await connect(services, request, attempt.signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return await refuse(stream, { failed: { errno: errnoOf(error), reason } });
  }
  const { local, peer } = connection;
  await Promise.all([reply(stream, { ok: { local, peer } }), connection.serve(stream)]);
}

async function connect(
  { target, incoming }: Services,
  request: Body<"connect">,
  signal: AbortSignal,
): Promise<Connection> {
  const { socketType, destination } = request;
  const address = internetAddress(destination);
  if (address !== null && socketType === SOCK_STREAM) return await connectTcp(incoming, address, signal);
  if (address !== null && socketType === SOCK_DGRAM) return connectUdp(address);
  if ("unix" in destination && socketType === SOCK_STREAM) return await connectUnix(target, destination.unix.path);
  if ("unix" in destination && socketType === SOCK_SEQPACKET) {
    return await connectPackets(target, destination.unix.path);
  }
  throw new SystemError("connect", EAFNOSUPPORT);
}

/** A lossy stream has no bytes to put a length before: its first message is the reply. */
async function reply(stream: Stream, value: Reply<"connect">): Promise<void> {
  if (stream.lossy) stream.send(encode(ConnectReply, value));
  else await writeMessage(stream, ConnectReply, value);
}

async function refuse(stream: Stream, value: Reply<"connect">): Promise<void> {
  await reply(stream, value);
  if (!stream.lossy) return await finish(stream);
  await stream.end();
  while (await stream.receive() !== null);
}
