/** Carries bytes between a program's socket and a stream of the agent, in both directions, with back-pressure. */
import type { Stream } from "../../protocol/link/stream.ts";
import { StreamError } from "../../protocol/link/errors.ts";
import { type Connection, nothingYet } from "../system/connection.ts";
import { Errno } from "../system/errno.ts";
import { SystemError } from "../system/libc.ts";

/** One buffer for all connections: it is only used between two awaits, so that an idle connection costs none. */
const shared = new Uint8Array(256 << 10);

/**
 * Runs until both directions have ended, each by itself (half-close), or one side was reset: then the other is reset too.
 * Never rejects. The connection is closed afterwards.
 */
export async function relay(connection: Connection, stream: Stream): Promise<void> {
  try {
    await Promise.all([upload(connection, stream), download(stream, connection)]);
    connection.close();
  } catch (error) {
    connection.reset();
    stream.reset(codeOf(error), "the program's connection has ended");
  }
}

/** What the program writes goes to the agent. */
async function upload(connection: Connection, stream: Stream): Promise<void> {
  for (;;) {
    const count = connection.tryRead(shared);
    if (count === 0) return await stream.end();
    if (count === nothingYet) await connection.readable();
    else await stream.write(shared.slice(0, count));
  }
}

/** What the agent sends goes to the program. */
async function download(stream: Stream, connection: Connection): Promise<void> {
  for (;;) {
    const bytes = await stream.read();
    if (bytes === null) return connection.endWriting();
    await connection.write(bytes as Uint8Array<ArrayBuffer>);
  }
}

/** The code a stream is reset with: the errno of what happened. */
function codeOf(error: unknown): number {
  if (error instanceof SystemError) return error.code;
  return error instanceof StreamError ? error.code : Errno.EIO;
}
