import { replayBlockBytes } from "../limits.ts";
import { giveBlock, takeBlock } from "./blocks.ts";

interface Block {
  bytes: Uint8Array<ArrayBuffer>;
  /** Offset in the stream of the first byte, and how many are filled. */
  start: number;
  filled: number;
}

const smallestBlock = 128;
const none: Block[] = [];

/** What was written to a stream and not yet consumed by the peer: bytes `start` to `end` of the stream. */
export class ReplayBuffer {
  start = 0;
  end = 0;
  #blocks = none;
  /** Where the last copy ended: the next one almost always begins there. */
  #cursor = 0;

  /** Appends a copy of `length` bytes of `bytes`, beginning at `from`. */
  append(bytes: Uint8Array, from: number, length: number): void {
    let left = length;
    while (left > 0) {
      const block = this.#tail(left);
      const count = Math.min(left, block.bytes.length - block.filled);
      block.bytes.set(bytes.subarray(from, from + count), block.filled);
      block.filled += count;
      from += count;
      left -= count;
      this.end += count;
    }
  }

  /** Copies the bytes of the stream from `offset` on into `target`. They must be there. */
  copy(offset: number, length: number, target: Uint8Array, at: number): void {
    const blocks = this.#blocks;
    let index = this.#cursor;
    if (index >= blocks.length || blocks[index]!.start > offset) index = 0;
    while (length > 0) {
      const block = blocks[index]!;
      const skip = offset - block.start;
      if (skip >= block.filled) {
        index++;
        continue;
      }
      const count = Math.min(length, block.filled - skip);
      target.set(block.bytes.subarray(skip, skip + count), at);
      offset += count;
      at += count;
      length -= count;
    }
    this.#cursor = index;
  }

  /** Forgets what lies before `offset`. */
  trim(offset: number): void {
    this.start = offset;
    let gone = 0;
    for (const block of this.#blocks) {
      if (block.start + block.filled > offset) break;
      recycle(block.bytes);
      gone++;
    }
    if (gone === 0) return;
    this.#blocks = gone === this.#blocks.length ? none : this.#blocks.slice(gone);
    this.#cursor = Math.max(0, this.#cursor - gone);
  }

  /** Forgets everything. */
  clear(): void {
    for (const block of this.#blocks) recycle(block.bytes);
    this.#blocks = none;
    this.#cursor = 0;
    this.start = this.end;
  }

  #tail(wanted: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.filled < last.bytes.length) return last;
    // Small writes share ever larger blocks; a single small one takes little.
    const size = Math.max(wanted, last === undefined ? 0 : last.bytes.length * 2);
    const block = { bytes: allocate(size), start: this.end, filled: 0 };
    if (this.#blocks === none) this.#blocks = [block];
    else this.#blocks.push(block);
    return block;
  }
}

function allocate(wanted: number): Uint8Array<ArrayBuffer> {
  if (wanted > replayBlockBytes / 2) return takeBlock();
  let size = smallestBlock;
  while (size < wanted) size *= 2;
  return new Uint8Array(size);
}

function recycle(bytes: Uint8Array<ArrayBuffer>): void {
  if (bytes.length === replayBlockBytes) giveBlock(bytes);
}
