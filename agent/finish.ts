import type { Stream } from "../protocol/link/mod.ts";

/** Ends a stream that was answered, and waits until the peer has ended it too. */
export async function finish(stream: Stream): Promise<void> {
  await stream.end();
  while (await stream.read() !== null);
}
