/** A TCP server in a target's network. */
import { inNetwork } from "./network.ts";

export interface TcpServer extends Disposable {
  port: number;
  /** How many connections it accepted. */
  accepted: number;
}

/** `serve` gets each connection and closes it. */
export function serveTcp(pid: number, hostname: string, serve: (conn: Deno.TcpConn) => Promise<void>): TcpServer {
  const listener = inNetwork(pid, () => Deno.listen({ hostname, port: 0 }));
  const server = { port: listener.addr.port, accepted: 0, [Symbol.dispose]: () => listener.close() };
  const acceptAll = async () => {
    for await (const conn of listener) {
      server.accepted++;
      void serve(conn).catch(() => {});
    }
  };
  void acceptAll().catch(() => {});
  return server;
}

/** Sends back what comes, and ends when the other side has. */
export async function echo(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (let length = await conn.read(buffer); length !== null; length = await conn.read(buffer)) {
      await writeAll(conn, buffer.subarray(0, length));
    }
  } finally {
    conn.close();
  }
}

export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
}
