/** Memory blocks that are used again and again: bulk streams would otherwise allocate as much as they carry. */
import { replayBlockBytes, spareReplayBlocks } from "../limits.ts";

const spares: Uint8Array<ArrayBuffer>[] = [];
/** Blocks that a reader has. */
const lent = new WeakSet<ArrayBufferLike>();

/** A block of full size; what is in it is left over from its last use. */
export function takeBlock(): Uint8Array<ArrayBuffer> {
  return spares.pop() ?? new Uint8Array(replayBlockBytes);
}

export function giveBlock(block: Uint8Array<ArrayBuffer>): void {
  if (spares.length < spareReplayBlocks) spares.push(block);
}

/** A copy of `bytes`: in a spare block if that is worth it. Only `recycle` brings it back. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  if (spares.length === 0 || bytes.length > replayBlockBytes || bytes.length <= replayBlockBytes / 2) {
    return bytes.slice();
  }
  const block = spares.pop()!;
  block.set(bytes);
  lent.add(block.buffer);
  return block.subarray(0, bytes.length);
}

/** Bytes of which parts are still needed are not taken back. */
export function keep(bytes: Uint8Array): void {
  lent.delete(bytes.buffer);
}

/**
 * Gives back bytes that `Stream.read` returned and that nobody will look at any more. Nobody has to; who relays much does
 * well to. Other bytes are left alone.
 */
export function recycle(bytes: Uint8Array): void {
  if (lent.delete(bytes.buffer)) giveBlock(new Uint8Array(bytes.buffer as ArrayBuffer));
}
