/** The content of files as bytes that come. */
import { type Stream, StreamError } from "../../../protocol/link/mod.ts";
import { Errno } from "../../system/errno.ts";

/** An endless remote file must not take all of this machine's memory. */
const contentBytesMax = 4 * 2 ** 30;

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
