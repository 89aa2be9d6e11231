/** Carries bytes between a connection in the target's network and its stream. */
import { recycle } from "../protocol/link/blocks.ts";
import type { Stream } from "../protocol/link/stream.ts";
import { ECANCELED, errnoOf } from "./system/errno.ts";

/** What is kept waiting in each idle connection; a read that fills it is followed by a larger one. */
const idleReadBytes = 8 * 1024;
const largestReadBytes = 256 * 1024;
const growth = 4;

/** A connection whose directions end one by one. */
export interface HalfCloseConn {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
}

/** Which directions have come to their proper end. */
interface Progress {
  toConn: boolean;
  fromConn: boolean;
}

/**
 * Resolves when both directions have ended; never rejects. An error of the connection resets the stream with its errno;
 * a reset of the stream, at any moment, calls `abort`, which must close the connection.
 */
export async function relay(conn: HalfCloseConn, stream: Stream, abort: () => void): Promise<void> {
  const ended: Progress = { toConn: false, fromConn: false };
  let broken = false;
  const breakOff = (errno: number) => {
    if (broken) return;
    broken = true;
    stream.reset(errno);
    abort();
  };
  // A connection that takes no more bytes holds up the loop that would see the reset. A stream that has ended well may be
  // closed before its last bytes are written.
  void stream.closed.then(() => stream.error === null || (ended.toConn && ended.fromConn) || breakOff(ECANCELED));
  await Promise.all([
    sendToConn(conn, stream, ended).catch((error) => breakOff(errnoOf(error))),
    receiveFromConn(conn, stream, ended).catch((error) => breakOff(errnoOf(error))),
  ]);
}

async function sendToConn(conn: HalfCloseConn, stream: Stream, ended: Progress): Promise<void> {
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
    for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
    recycle(bytes);
  }
  ended.toConn = true;
  await conn.closeWrite();
}

async function receiveFromConn(conn: HalfCloseConn, stream: Stream, ended: Progress): Promise<void> {
  let buffer = new Uint8Array(idleReadBytes);
  for (;;) {
    const length = await conn.read(buffer);
    if (length === null) break;
    await stream.write(buffer.subarray(0, length));
    buffer = nextBuffer(buffer, length);
  }
  ended.fromConn = true;
  await stream.end();
}

/** A full read means that more waits: larger. One that leaves most of a large buffer empty: back to the idle size. */
function nextBuffer(buffer: Uint8Array<ArrayBuffer>, filled: number): Uint8Array<ArrayBuffer> {
  if (filled === buffer.length && buffer.length < largestReadBytes) {
    return new Uint8Array(Math.min(buffer.length * growth, largestReadBytes));
  }
  const isMostlyEmpty = buffer.length > idleReadBytes && filled <= buffer.length / (2 * growth);
  return isMostlyEmpty ? new Uint8Array(idleReadBytes) : buffer;
}
