/** The target's servers. */
import { createHash } from "node:crypto";
import { abstractName, address, bulkPort, echoPort, packetsPath, privatePort, target, unixPath } from "./scene.ts";

export function serve(publicPorts: number[]): void {
  const quiet = { onListen: () => {} };
  for (const port of publicPorts) {
    Deno.serve({ ...quiet, hostname: "0.0.0.0", port }, () => new Response("target"));
  }
  Deno.serve({ ...quiet, hostname: address, port: privatePort }, () => new Response(target.serviceAnswer));
  accept(echoPort, echo);
  accept(bulkPort, bulk);
}

/** Greets and echoes. */
export function serveUnix(): void {
  for (const path of [unixPath, `\0${abstractName}`]) acceptUnix(Deno.listen({ transport: "unix", path }));
}

/** Deno has no sockets of packets. Ends with the returned pipe. */
export async function servePackets(): Promise<Deno.ChildProcess> {
  const program = `
import os, socket, sys, threading
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.bind("${packetsPath}"); server.listen()
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
print("ready", flush=True)
while True:
    client, _ = server.accept()
    while packet := client.recv(99): client.send(b"packet " + packet)
    client.close()`;
  const child = new Deno.Command("python3", { args: ["-c", program], stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  return child;
}

async function acceptUnix(listener: Deno.Listener): Promise<void> {
  for await (const conn of listener) {
    const greet = async () => {
      await conn.write(new TextEncoder().encode("unix "));
      await echo(conn as Deno.TcpConn);
    };
    greet().catch(() => {}).finally(() => close(conn as Deno.TcpConn));
  }
}

async function accept(port: number, handle: (conn: Deno.TcpConn) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: address, port });
  while (true) {
    // Who has gone again before it was accepted is an error of Deno's.
    const conn = await listener.accept().catch(() => null);
    if (conn !== null) handle(conn).catch(() => {}).finally(() => close(conn));
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // closed by its handler
  }
}

async function echo(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64 << 10);
  for (let n; (n = await conn.read(buffer)) !== null;) await writeAll(conn, buffer.subarray(0, n));
}

/**
 * First 8 bytes: how many follow, each way (little-endian). Sends so many bytes of `sequence` while it reads as many, and
 * then the SHA-256 of what it has read.
 */
async function bulk(conn: Deno.TcpConn): Promise<void> {
  const request = new Uint8Array(8);
  for (let have = 0; have < 8;) {
    const count = await conn.read(request.subarray(have));
    if (count === null) return;
    have += count;
  }
  const length = Number(new DataView(request.buffer).getBigUint64(0, true));
  const [digest] = await Promise.all([digestOf(conn, length), sendSequence(conn, length)]);
  await writeAll(conn, digest);
  await conn.closeWrite();
}

async function digestOf(conn: Deno.TcpConn, length: number): Promise<Uint8Array> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(256 << 10);
  for (let left = length; left > 0;) {
    const count = await conn.read(buffer.subarray(0, Math.min(buffer.length, left)));
    if (count === null) throw new Error(`the client's bytes ended ${left} too early`);
    hash.update(buffer.subarray(0, count));
    left -= count;
  }
  return hash.digest();
}

async function sendSequence(conn: Deno.TcpConn, length: number): Promise<void> {
  const block = sequence(sequenceBlock);
  for (let left = length; left > 0; left -= block.length) {
    await writeAll(conn, block.subarray(0, Math.min(left, block.length)));
  }
}

/** What `sequence` is repeated after. */
export const sequenceBlock = 1 << 20;

/** The same bytes on both sides. */
export function sequence(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0, value = 7; index < length; index++) {
    bytes[index] = (value = (value * 1103515245 + 12345) >>> 0) >>> 24;
  }
  return bytes;
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
}
