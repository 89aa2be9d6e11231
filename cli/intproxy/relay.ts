/** Carries bytes between a program's socket and a stream of the agent, in both directions, with back-pressure. */
import { recycle, type Stream, StreamError } from "../../protocol/link/mod.ts";
import { type Connection, nothingYet } from "../system/connection.ts";
import { Errno } from "../system/errno.ts";
import { SystemError } from "../system/libc.ts";

/**
 * What is read at once from one program. When this much is held that the agent's windows have no room for, reads get
 * small: a thousand stuck uploads then hold 24 MiB.
 */
const fullReadBytes = 256 << 10;
const smallReadBytes = 16 << 10;
const heldBytesMax = 8 << 20;

/** One buffer for all connections: it is used between two awaits only, so that an idle connection costs none. */
const shared = new Uint8Array(fullReadBytes);
const sharedSmall = shared.subarray(0, smallReadBytes);
let heldBytes = 0;

/**
 * Runs until both directions have ended, each by itself (half-close), or one side was reset: then the other is reset too.
 * Never rejects. The connection is closed afterwards.
 */
export async function relay(connection: Connection, stream: Stream): Promise<void> {
  let isUploaded = false;
  try {
    await Promise.all([
      upload(connection, stream).then(() => isUploaded = true),
      // Closing says both ends at once.
      download(stream, connection).then(() => isUploaded || connection.endWriting()),
    ]);
    connection.close();
  } catch (error) {
    connection.reset();
    stream.reset(codeOf(error), "the program's connection has ended");
  }
}

/** What the program writes goes to the agent. */
async function upload(connection: Connection, stream: Stream): Promise<void> {
  for (;;) {
    const count = connection.tryRead(heldBytes < heldBytesMax ? shared : sharedSmall);
    if (count === 0) return await stream.end();
    if (count === nothingYet) {
      await connection.readable();
      continue;
    }
    const taken = stream.tryWrite(shared.subarray(0, count));
    // Either way others get their turn: what was taken goes out before more is read.
    await (taken < count ? writeHeld(stream, shared.slice(taken, count)) : null);
  }
}

/** Writes what the window has no room for yet. */
async function writeHeld(stream: Stream, rest: Uint8Array): Promise<void> {
  heldBytes += rest.length;
  try {
    await stream.write(rest);
  } finally {
    heldBytes -= rest.length;
  }
}

/** What the agent sends goes to the program. */
async function download(stream: Stream, connection: Connection): Promise<void> {
  for (;;) {
    const bytes = await stream.read();
    if (bytes === null) return;
    await connection.write(bytes as Uint8Array<ArrayBuffer>);
    recycle(bytes);
  }
}

/** The code a stream is reset with: the errno of what happened. */
function codeOf(error: unknown): number {
  if (error instanceof SystemError) return error.code;
  return error instanceof StreamError ? error.code : Errno.EIO;
}
