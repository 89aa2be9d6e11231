/** Sends a remote file's content to the layer that opened it. */
import { encode } from "../../../protocol/schema.ts";
import { ErrnoReply } from "../../../protocol/layer/messages.ts";
import type { Stream } from "../../../protocol/link/mod.ts";
import { Errno } from "../../system/errno.ts";
import { errnoOf } from "../errno_of.ts";

/** One content frame at most. */
const frameBytes = 1 << 20;
/** What one memfd is filled with at most: an endless remote file must not take all of this machine's memory. */
const contentBytesMax = 4 * 2 ** 30;

const noBytes = new Uint8Array(0);

/**
 * Writes the content as frames, an empty frame, and a frame that holds an `ErrnoReply`: 0, or why the content is not
 * complete. `write` waits for the layer, and so the agent's stream waits too. Rejects when the layer is gone.
 */
export async function sendContent(stream: Stream, write: (frame: Uint8Array) => Promise<void>): Promise<void> {
  try {
    const errno = await sendFrames(stream, write);
    if (errno !== 0) stream.reset(errno);
    await write(noBytes);
    await write(encode(ErrnoReply, { errno }));
  } catch (error) {
    stream.reset(0);
    throw error;
  }
}

async function sendFrames(stream: Stream, write: (frame: Uint8Array) => Promise<void>): Promise<number> {
  for (let sent = 0;;) {
    let bytes;
    try {
      bytes = await stream.read();
    } catch (error) {
      return errnoOf(error);
    }
    if (bytes === null) {
      await stream.end();
      return 0;
    }
    sent += bytes.length;
    if (sent > contentBytesMax) return Errno.EFBIG;
    for (let from = 0; from < bytes.length; from += frameBytes) await write(bytes.subarray(from, from + frameBytes));
  }
}
