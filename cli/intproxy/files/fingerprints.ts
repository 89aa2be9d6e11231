/**
 * What the target is known to have of a file, as a fingerprint of each block: comparing them with the content in memory
 * finds what a program has changed inside, without a second copy of it.
 */

/** The smallest piece that is written again. */
export const blockBytes = 4096;
const seed = 0x9e3779b9;

export class Fingerprints {
  /** Two words a block. */
  #words = new Uint32Array(64);
  /** The file's last block, as far as it is not full: what is added behind it goes into the same block. */
  #last: { index: number; bytes: Uint8Array } | null = null;

  /** Whether the block differs from what was set, or nothing was. `block` may be shorter at the end of a file. */
  differs(index: number, block: Uint8Array): boolean {
    const [first, second] = fingerprint(block);
    return this.#words[2 * index] !== first || this.#words[2 * index + 1] !== second;
  }

  /** The target has this block. */
  set(index: number, block: Uint8Array): void {
    this.#reserve(index + 1);
    [this.#words[2 * index], this.#words[2 * index + 1]] = fingerprint(block);
    if (block.length < blockBytes) this.#last = { index, bytes: block.slice() };
    else if (this.#last?.index === index) this.#last = null;
  }

  /** `bytes` were added behind what the target has of the last block, which is not full; how many of them fit into it. */
  extend(index: number, bytes: Uint8Array): number {
    const before = this.#last?.index === index ? this.#last.bytes : null;
    if (before === null) {
      this.forget(index, index + 1);
      return blockBytes;
    }
    const fitting = bytes.subarray(0, blockBytes - before.length);
    const block = new Uint8Array(before.length + fitting.length);
    block.set(before);
    block.set(fitting, before.length);
    this.set(index, block);
    return fitting.length;
  }

  /** It is not known any more what the target has from this block on, up to but without `end`. */
  forget(begin: number, end: number): void {
    this.#words.fill(0, 2 * begin, 2 * end);
    if (this.#last !== null && this.#last.index >= begin && this.#last.index < end) this.#last = null;
  }

  #reserve(blocks: number): void {
    if (this.#words.length >= 2 * blocks) return;
    const words = new Uint32Array(Math.max(2 * blocks, 2 * this.#words.length));
    words.set(this.#words);
    this.#words = words;
  }
}

const padded = new Uint8Array(blockBytes);

/** 64 bits, never 0. Not against an adversary: who could make two blocks collide only spoils their own file. */
function fingerprint(block: Uint8Array): [number, number] {
  const isAligned = block.length === blockBytes && block.byteOffset % 4 === 0;
  if (!isAligned) {
    padded.set(block);
    padded.fill(0, block.length);
  }
  const bytes = isAligned ? block : padded;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, blockBytes / 4);
  let first = seed ^ block.length;
  let second = block.length + 1;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    first = Math.imul(first ^ word, 0x85ebca6b);
    first ^= first >>> 15;
    second = Math.imul(second + word, 0xc2b2ae35);
    second = (second << 13) | (second >>> 19);
  }
  return [first >>> 0, (second | 1) >>> 0];
}
