/**
 * One file of the target that programs of the session have open. Its content lies in memory that all of them share; what
 * they write there is found by comparing, and brought to the target in order.
 */
import { Errno } from "../../system/errno.ts";
import { SystemError } from "../../system/libc.ts";
import type { MemoryFile } from "../../system/memory_file.ts";
import { errnoOf } from "../errno_of.ts";
import type { Stat } from "../table.ts";
import type { Editor, Operation } from "./editor.ts";
import { blockBytes, Fingerprints } from "./fingerprints.ts";

/** One operation carries at most so much, and so many are under way at once. */
const pieceBytes = 512 * 1024;
const piecesAhead = 8;
const zeros = new Uint8Array(blockBytes);

export class RemoteFile {
  readonly memory: MemoryFile;
  /** Absolute path at the target, as it was last opened. */
  path: Uint8Array;
  /** As the target told last, at `statMs`. */
  #stat: Stat;
  #statMs = performance.now();
  openedMs = performance.now();
  /** A program watches it: it is kept although nobody may have it open. */
  isFollowed = false;
  /** A program has written inside since the last comparison. */
  isSuspect = false;
  /** It was compared after the last who could write has gone: mappings are written to without a word. */
  isSettled = true;
  /** How long it took to bring changes to the target. */
  lastFlushMs = 0;
  /** All who write do it by appending. */
  isAppendOnly = true;
  /** Why what was written could not be brought to the target; told once. */
  failure = 0;
  #editor: Editor | null = null;
  #fingerprints = new Fingerprints();
  /** So many bytes of the content are the target's, where the fingerprints agree. */
  #synced = 0;
  #busy: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(memory: MemoryFile, path: Uint8Array, stat: Stat) {
    this.memory = memory;
    this.path = path;
    this.#stat = stat;
  }

  get stat(): Stat {
    return this.#stat;
  }

  set stat(stat: Stat) {
    this.#stat = stat;
    this.#statMs = performance.now();
  }

  get statAgeMs(): number {
    return performance.now() - this.#statMs;
  }

  get editor(): Editor | null {
    return this.#editor;
  }

  /** Whether the target may lack something that is known to have been written: also while it is on its way. */
  get isDirty(): boolean {
    return this.#editor !== null && (this.isBusy || this.isSuspect || this.memory.size !== this.#synced);
  }

  /** Runs `work` when everything asked for before is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const done = this.#busy.then(work).finally(() => this.#waiting--);
    this.#busy = done.catch(() => {});
    return done;
  }

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Takes the content from the target, from an offset on. Rejects with what `content` throws, or `SystemError` without
   * memory.
   */
  async fill(content: AsyncIterable<Uint8Array>, offset = 0): Promise<void> {
    const writer = this.memory.writer();
    try {
      let size = offset;
      for await (const bytes of content) {
        writer.write(bytes, size);
        size += bytes.length;
      }
      writer.resize(size);
      this.#synced = size;
      if (this.#editor !== null) this.#learn(0, size);
    } finally {
      writer.close();
    }
  }

  /** From now on the file can be changed; what is in memory is what the target has. */
  edit(editor: Editor): void {
    this.#editor?.close();
    this.#editor = editor;
    this.isSettled = false;
    this.#synced = this.memory.size;
    this.#learn(0, this.#synced);
  }

  /** Goes on through another editor: the one before was lost with the agent. */
  editAgain(editor: Editor, stat: Stat): void {
    this.#editor = editor;
    // Of what was appended nobody said whether it arrived.
    if (this.isAppendOnly) this.#synced = Math.max(this.#synced, Math.min(this.memory.size, Number(stat.size)));
  }

  stopEditing(): void {
    this.#editor?.close();
    this.#editor = null;
    this.#fingerprints = new Fingerprints();
    this.isAppendOnly = true;
  }

  /** The target has another length already. */
  resized(size: number): void {
    const writer = this.memory.writer();
    try {
      const before = Math.min(this.#synced, size);
      writer.resize(size);
      this.#synced = size;
      if (this.#editor !== null) this.#learnZeros(before, size);
    } finally {
      writer.close();
    }
  }

  /**
   * Brings to the target what was written. 0 or an errno. `isThorough`: also compares when nobody is known to have written
   * (mappings of memory are written to silently).
   */
  flush(isThorough: boolean): Promise<number> {
    return this.exclusive(async () => {
      const editor = this.#editor;
      if (editor === null) return 0;
      const beganMs = performance.now();
      const isLast = isThorough && !this.memory.hasWriters();
      const errno = await this.#flush(editor, isThorough);
      if (errno !== 0) this.failure = errno;
      else if (isLast) this.isSettled = true;
      this.lastFlushMs = performance.now() - beganMs;
      return errno;
    });
  }

  /** An operation of the open file, after what was written; its errno. */
  perform(operation: Operation): Promise<number> {
    return this.exclusive(async () => {
      const result = await this.#editor?.perform(operation) ?? Errno.EBADF;
      if (typeof result === "number") return result;
      this.stat = result;
      return 0;
    });
  }

  async #flush(editor: Editor, isThorough: boolean): Promise<number> {
    const sending = new Sending(editor);
    const size = this.memory.size;
    if (size < this.#synced) {
      await sending.send({ change: { truncate: { size: BigInt(size) } } }, () => this.#lose(size));
      this.#synced = size;
      this.#learnZeros(size, size);
      this.isSuspect = true;
    }
    // Who only appends changes nothing inside; and others may have appended at the target meanwhile.
    const isCompared = !this.isAppendOnly && (isThorough || this.isSuspect);
    this.isSuspect = false;
    if (isCompared) await this.#sendChanged(sending);
    if (size > this.#synced) await this.#sendTail(sending, size);
    const { errno, stat } = await sending.end();
    if (stat !== null) this.stat = stat;
    return errno;
  }

  /** What was changed within what the target has. */
  async #sendChanged(sending: Sending): Promise<void> {
    const buffer = new Uint8Array(pieceBytes);
    for (let offset = 0; offset < this.#synced; offset += pieceBytes) {
      const length = Math.min(this.memory.read(buffer, offset), this.#synced - offset);
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
    let at = this.#synced;
    this.#synced = size;
    while (at < size) {
      const data = this.isAppendOnly ? { begin: at, end: size } : this.memory.nextData(at);
      if (data === null || data.begin >= size) break;
      at = Math.max(at, data.begin);
      const bytes = new Uint8Array(Math.min(pieceBytes, data.end - at, size - at));
      const piece = bytes.subarray(0, this.memory.read(bytes, at));
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
    this.#synced = Math.min(this.#synced, at);
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
      const length = Math.min(this.memory.read(buffer, offset), end - offset);
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

/** Operations under way; remembers the first error. */
class Sending {
  readonly #editor: Editor;
  readonly #results: Promise<void>[] = [];
  #errno = 0;
  #stat: Stat | null = null;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  /** `onFailed`: the target does not have it. After an error nothing more is sent. */
  async send(operation: Operation, onFailed: () => void): Promise<void> {
    if (this.#errno !== 0) return onFailed();
    this.#results.push(
      this.#editor.perform(operation).then((result) => {
        if (typeof result !== "number") {
          this.#stat = result;
          return;
        }
        onFailed();
        this.#errno ||= result;
      }),
    );
    if (this.#results.length >= piecesAhead) await this.#results.shift();
  }

  async end(): Promise<{ errno: number; stat: Stat | null }> {
    await Promise.all(this.#results);
    return { errno: this.#errno, stat: this.#stat };
  }
}

/** What a program is told when its content could not be fetched. */
export function contentErrno(error: unknown): number {
  return error instanceof SystemError && error.code === Errno.ENOSPC ? Errno.ENOMEM : errnoOf(error);
}
