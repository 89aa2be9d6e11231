/** Pairs of sessions inside one process, for tests. */
import { type ConnectOptions, connectSession } from "./client.ts";
import { memoryTunnels } from "./memory_tunnel.ts";
import { type ServerOptions, SessionServer } from "./server.ts";
import type { Session } from "./session.ts";
import type { Stream } from "./stream.ts";
import type { Tunnel } from "./tunnel.ts";

export const testToken = new TextEncoder().encode("a token");

export interface TestPair {
  client: Session;
  server: Session;
  listener: SessionServer;
  /** The client's ends of all tunnels dialled so far. */
  tunnels: Tunnel[];
  /** Ends the session and waits until both sides know. */
  end(): Promise<void>;
}

/** A server that takes the test's token. */
export async function testServer(options: Partial<ServerOptions> = {}): Promise<SessionServer> {
  const tokenHash = new Uint8Array(await crypto.subtle.digest("SHA-256", testToken));
  return new SessionServer({ tokenHash, onSession() {}, ...options });
}

/** A session between two ends that are joined by memory instead of a network. */
export async function connectPair(
  options: Partial<ConnectOptions> = {},
  serverOptions: Partial<ServerOptions> = {},
): Promise<TestPair> {
  const opened = Promise.withResolvers<Session>();
  const listener = await testServer({ onSession: (session) => opened.resolve(session), ...serverOptions });
  const tunnels: Tunnel[] = [];
  const dial = () => {
    const [near, far] = memoryTunnels();
    tunnels.push(near);
    listener.accept(far);
    return Promise.resolve(near);
  };
  const client = await connectSession({ dial, token: testToken, holder: "tester@here", ...options });
  const server = await opened.promise;
  const end = async () => {
    await client.end("the test is over");
    await server.ended;
  };
  return { client, server, listener, tunnels, end };
}

export async function readAll(stream: Stream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) chunks.push(bytes);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** Sends everything back. A reset ends it. */
export async function echo(stream: Stream): Promise<void> {
  try {
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) await stream.write(bytes);
    await stream.end();
  } catch {
    // The test has reset the stream.
  }
}
