/** The content of files as bytes that come and go. */
import { encode } from "../../../protocol/schema.ts";
import { ErrnoReply } from "../../../protocol/layer/messages.ts";
import { type Stream, StreamError } from "../../../protocol/link/mod.ts";
import { Errno } from "../../system/errno.ts";
import type { MemoryFile } from "../../system/memory_file.ts";

/** One content frame at most. */
const frameBytes = 1 << 20;
/** An endless remote file must not take all of this machine's memory. */
const contentBytesMax = 4 * 2 ** 30;

const noBytes = new Uint8Array(0);

/** What the agent sends until it ends the stream. Throws the errno as `StreamError`. */
export async function* received(stream: Stream): AsyncGenerator<Uint8Array> {
  let size = 0;
  for (let bytes; (bytes = await stream.read()) !== null;) {
    size += bytes.length;
    if (size > contentBytesMax) throw new StreamError(Errno.EFBIG, "the file is too large");
    yield bytes;
  }
  await stream.end();
}

/** Writes a copy of the content as frames, an empty frame, and a frame that holds an `ErrnoReply`. */
export async function sendCopy(memory: MemoryFile, write: (frame: Uint8Array) => Promise<void>): Promise<void> {
  const buffer = new Uint8Array(frameBytes);
  for (let offset = 0;;) {
    const length = memory.read(buffer, offset);
    if (length === 0) break;
    await write(buffer.subarray(0, length));
    offset += length;
  }
  await write(noBytes);
  await write(encode(ErrnoReply, { errno: 0 }));
}
