/** Carries bytes between a connection and its stream, both ways, each direction ending on its own. */
import { errnoOf } from "../system/errno.ts";
import { resetOnClose } from "../system/socket.ts";
import type { ByteStream } from "./client.ts";
import { descriptorOf } from "./connection.ts";

const READ_BYTES_MIN = 8 * 1024;
const READ_BYTES_MAX = 256 * 1024;

/** Resolves when both directions have ended, or one has failed: then both ends are reset. Never rejects. */
export async function relay(connection: Deno.TcpConn, stream: ByteStream): Promise<void> {
  try {
    await Promise.all([upload(connection, stream), download(connection, stream)]);
  } catch (error) {
    stream.reset(errnoOf(error));
    reset(connection);
  } finally {
    connection.close();
  }
}

/**
 * What the client sends. The buffer is small while little comes, so that a thousand idle connections cost little, and
 * grows with reads that fill it.
 */
async function upload(connection: Deno.TcpConn, stream: ByteStream): Promise<void> {
  let buffer = new Uint8Array(READ_BYTES_MIN);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return await stream.end();
    await stream.write(buffer.subarray(0, count));
    const size = nextSize(buffer.length, count);
    if (size !== buffer.length) buffer = new Uint8Array(size);
  }
}

/** What the program answers. */
async function download(connection: Deno.TcpConn, stream: ByteStream): Promise<void> {
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
    for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
  }
  await connection.closeWrite();
}

function nextSize(size: number, filled: number): number {
  if (filled === size) return Math.min(size * 2, READ_BYTES_MAX);
  return filled < size / 8 ? Math.max(size / 2, READ_BYTES_MIN) : size;
}

/** Lets the client see a broken connection as such, where an ordinary close would look like a complete answer. */
function reset(connection: Deno.TcpConn): void {
  const fd = descriptorOf(connection);
  if (fd !== null) resetOnClose(fd);
}
