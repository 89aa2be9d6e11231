/** What programs have written to a file's memory, as operations that bring the target's file to the same content. */
import type { MemoryFile } from "../../system/memory_file.ts";
import { blockBytes, Fingerprints } from "./fingerprints.ts";
import type { Sending } from "./sending.ts";

/** One operation carries at most so much. */
const pieceBytes = 512 * 1024;
const zeros = new Uint8Array(blockBytes);

export class WrittenContent {
  readonly #memory: MemoryFile;
  readonly #fingerprints = new Fingerprints();
  /** So many bytes of the content are the target's, where the fingerprints agree. */
  synced: number;
  /** A program has written inside since the last comparison. */
  isSuspect = false;
  /** All who write do it by appending. */
  isAppendOnly: boolean;

  /** What is in memory now is what the target has. */
  constructor(memory: MemoryFile, isAppendOnly: boolean) {
    this.#memory = memory;
    this.isAppendOnly = isAppendOnly;
    this.synced = memory.size;
    this.#learn(0, this.synced);
  }

  /** The target has another length already, and so has the memory. */
  resized(size: number): void {
    const before = Math.min(this.synced, size);
    this.synced = size;
    this.#learnZeros(before, size);
  }

  /** Sends what the target lacks. `isThorough`: compares also when nobody is known to have written. */
  async send(sending: Sending, isThorough: boolean): Promise<void> {
    const size = this.#memory.size;
    if (size < this.synced) {
      await sending.send({ change: { truncate: { size: BigInt(size) } } }, () => this.#lose(size));
      this.synced = size;
      this.#learnZeros(size, size);
      this.isSuspect = true;
    }
    // Who only appends changes nothing inside; and others may have appended at the target meanwhile.
    const isCompared = !this.isAppendOnly && (isThorough || this.isSuspect);
    this.isSuspect = false;
    if (isCompared) await this.#sendChanged(sending);
    if (size > this.synced) await this.#sendTail(sending, size);
  }

  /** What was changed within what the target has. */
  async #sendChanged(sending: Sending): Promise<void> {
    const buffer = new Uint8Array(pieceBytes);
    for (let offset = 0; offset < this.synced; offset += pieceBytes) {
      const length = Math.min(this.#memory.read(buffer, offset), this.synced - offset);
      let begin = -1;
      for (let at = 0; at <= length; at += blockBytes) {
        const block = buffer.subarray(at, Math.min(at + blockBytes, length));
        const differs = block.length > 0 && this.#fingerprints.differs((offset + at) / blockBytes, block);
        if (differs) this.#fingerprints.set((offset + at) / blockBytes, block);
        if (differs && begin < 0) begin = at;
        if ((!differs || at + blockBytes >= length) && begin >= 0) {
          const end = differs ? Math.min(at + blockBytes, length) : at;
          await this.#sendWrite(sending, offset + begin, buffer.slice(begin, end));
          begin = -1;
        }
        if (block.length === 0) break;
      }
    }
  }

  async #sendWrite(sending: Sending, offset: number, bytes: Uint8Array): Promise<void> {
    await sending.send({ write: { offset: BigInt(offset), bytes } }, () => {
      this.#fingerprints.forget(Math.floor(offset / blockBytes), Math.ceil((offset + bytes.length) / blockBytes));
      this.isSuspect = true;
    });
  }

  /** What was added at the end; holes stay holes. */
  async #sendTail(sending: Sending, size: number): Promise<void> {
    let at = this.synced;
    this.synced = size;
    while (at < size) {
      const data = this.isAppendOnly ? { begin: at, end: size } : this.#memory.nextData(at);
      if (data === null || data.begin >= size) break;
      at = Math.max(at, data.begin);
      const bytes = new Uint8Array(Math.min(pieceBytes, data.end - at, size - at));
      const piece = bytes.subarray(0, this.#memory.read(bytes, at));
      if (piece.length === 0) break;
      const lost = this.#lossAt(at);
      const operation = this.isAppendOnly
        ? { append: { bytes: piece } }
        : { write: { offset: BigInt(at), bytes: piece } };
      this.#learnPiece(at, piece);
      await sending.send(operation, lost);
      at += piece.length;
    }
    if (at < size) {
      await sending.send({ change: { truncate: { size: BigInt(size) } } }, this.#lossAt(at));
      this.#learnZeros(at, size);
    }
  }

  #lossAt(at: number): () => void {
    return () => this.#lose(at);
  }

  /** The target does not have what comes from here on. */
  #lose(at: number): void {
    this.synced = Math.min(this.synced, at);
    this.isSuspect = true;
  }

  /** The target has zeros between two offsets. What of the first block lies before them is sent again at the next chance. */
  #learnZeros(begin: number, end: number): void {
    const first = Math.ceil(begin / blockBytes);
    if (begin % blockBytes !== 0) this.#fingerprints.forget(first - 1, first);
    for (let at = first * blockBytes; at < end; at += blockBytes) {
      this.#fingerprints.set(at / blockBytes, zeros.subarray(0, end - at));
    }
  }

  /** The target has now what is in memory between two offsets; the first one is a block's. */
  #learn(begin: number, end: number): void {
    const buffer = new Uint8Array(pieceBytes);
    for (let offset = begin; offset < end; offset += pieceBytes) {
      const length = Math.min(this.#memory.read(buffer, offset), end - offset);
      for (let at = 0; at < length; at += blockBytes) {
        this.#fingerprints.set((offset + at) / blockBytes, buffer.subarray(at, Math.min(at + blockBytes, length)));
      }
    }
  }

  /** The same for bytes that are at hand, right behind what the target has. */
  #learnPiece(begin: number, piece: Uint8Array): void {
    const index = Math.floor(begin / blockBytes);
    const used = begin % blockBytes === 0 ? 0 : this.#fingerprints.extend(index, piece);
    const first = used === 0 ? index : index + 1;
    for (let at = used, block = first; at < piece.length; at += blockBytes, block++) {
      this.#fingerprints.set(block, piece.subarray(at, at + blockBytes));
    }
  }
}
