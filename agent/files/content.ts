/** The bytes of an open file, sent as they are read. */
import { FileResult } from "../../protocol/agent/messages.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import { EAGAIN } from "../system/errno.ts";
import type { OpenFile } from "../system/files.ts";
import type { Stream } from "../../protocol/link/stream.ts";

const smallestReadBytes = 4 * 1024;
const largestReadBytes = 256 * 1024;

/**
 * Sends everything up to the end, then ends the stream; a read error resets it with the errno. Closes `file`.
 * `size`: what is expected, in bytes; files of /proc and /sys say 0 and have more. `isPipe`: wait for the first writer.
 */
export async function sendContent(stream: Stream, file: OpenFile, size: bigint, isPipe: boolean): Promise<void> {
  let open = true;
  // Whoever waits for a silent pipe must learn that nobody wants it any more.
  void stream.closed.then(() => open && file.stopWaiting());
  try {
    const error = await pump(stream, file, size, isPipe);
    if (error === 0) await stream.end();
    else stream.reset(error, "the file cannot be read");
  } finally {
    open = false;
    file.close();
  }
}

/** 0 at the end, else an errno. */
async function pump(stream: Stream, file: OpenFile, size: bigint, isPipe: boolean): Promise<number> {
  // One byte more than expected, so that the first read also shows the end.
  const expected = size > BigInt(largestReadBytes) ? largestReadBytes : Number(size) + 1;
  const readBytes = Math.min(Math.max(expected, smallestReadBytes), largestReadBytes);
  if (isPipe) await file.readable();
  let buffer = new Uint8Array(readBytes);
  for (;;) {
    const length = await file.read(buffer);
    if (length === -EAGAIN) {
      if (!await file.readable()) return EAGAIN;
      continue;
    }
    if (length <= 0) return -length;
    await stream.write(buffer.subarray(0, length));
    if (length < buffer.length || length === largestReadBytes) continue;
    buffer = new Uint8Array(Math.min(length * 2, largestReadBytes));
  }
}

const longestPartBytes = 512 * 1024;
/** Large buffers to be used again: getting their memory from the kernel costs more than reading into it. */
const spare: Uint8Array<ArrayBuffer>[] = [];
const sparesMax = 8;

/** Answers one `FileOperation.read`: the bytes at `offset`, fewer only at the end of the file, or above 512 KiB. */
export async function sendPart(
  stream: Stream,
  file: OpenFile,
  { offset, length }: { offset: bigint; length: number },
): Promise<void> {
  const isLarge = length > largestReadBytes;
  const buffer = isLarge ? spare.pop() ?? new Uint8Array(longestPartBytes) : new Uint8Array(length);
  try {
    const count = await readFully(file, buffer.subarray(0, length), offset);
    if (count < 0) return await writeMessage(stream, FileResult, { failed: { errno: -count } });
    await writeMessage(stream, FileResult, { content: { length: count } });
    if (count > 0) await stream.write(buffer.subarray(0, count));
  } finally {
    if (isLarge && spare.length < sparesMax) spare.push(buffer);
  }
}

/** How many bytes there were, or an errno as a negative number. */
async function readFully(file: OpenFile, into: Uint8Array<ArrayBuffer>, offset: bigint): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const count = await file.readAt(into.subarray(done), offset + BigInt(done));
    if (count < 0) return done > 0 ? done : count;
    if (count === 0) break;
    done += count;
  }
  return done;
}
