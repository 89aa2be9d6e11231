/**
 * A file whose content lies in memory that all programs of the session share; what they write there is found by comparing,
 * and brought to the target in order.
 */
import type { Identity } from "../../system/identity.ts";
import { MemoryFile } from "../../system/memory_file.ts";
import type { Descriptor } from "../../system/open_again.ts";
import type { Stream } from "../../../protocol/link/mod.ts";
import type { Stat } from "../table.ts";
import { received } from "./content.ts";
import { Editor } from "./editor.ts";
import { type Editing, isSame, RemoteFile, type Renewal } from "./remote_file.ts";
import { Sending } from "./sending.ts";
import { WrittenContent } from "./written_content.ts";

export class FileInMemory extends RemoteFile {
  readonly memory: MemoryFile;
  /** How long it took to bring changes to the target. */
  lastFlushMs = 0;
  /** `streamsAbove`: of files with more bytes than this the agent brings only what it is asked for. */
  readonly #streamsAbove: number;
  #isSettled = true;
  #editor: Editor | null = null;
  #written: WrittenContent | null = null;
  #isFilled = false;

  /** Throws `SystemError` without memory. */
  constructor(path: Uint8Array, stat: Stat, streamsAbove: number) {
    super(path, stat);
    this.memory = MemoryFile.create(path.subarray(path.lastIndexOf(0x2f) + 1), stat.mode);
    this.#streamsAbove = streamsAbove;
  }

  get identity(): Identity {
    return this.memory.identity;
  }

  get watchedPath(): string {
    return this.memory.path;
  }

  get editor(): Editor | null {
    return this.#editor;
  }

  get remote(): Editor | null {
    return this.#editor;
  }

  get isDirty(): boolean {
    if (this.#written === null) return false;
    return this.isBusy || this.#written.isSuspect || this.memory.size !== this.#written.synced;
  }

  get mayBeWritten(): boolean {
    return this.memory.hasWriters();
  }

  /** It was compared after the last who could write has gone: mappings are written to without a word. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get hasUsers(): boolean {
    return this.memory.hasUsers();
  }

  open(flags: number): Promise<Descriptor> {
    return Promise.resolve(this.memory.open(flags));
  }

  async read(stream: Stream, stat: Stat): Promise<void> {
    // While it is written to here, what is in memory is the newest.
    if (this.#editor !== null || (this.#isFilled && isSame(this.stat, stat))) return stream.reset(0);
    this.stat = stat;
    if (Number(stat.size) <= this.#streamsAbove) return await this.fill(received(stream));
    const editor = new Editor(stream);
    await this.fill(editor.content(0, Number(stat.size))).finally(() => editor.close());
  }

  async edit(editor: Editor, stat: Stat, { isAppending, isTruncated, isWritten }: Editing): Promise<void> {
    if (this.#written === null) {
      if (isTruncated || stat.size === 0n) this.resized(0);
      else if (!this.#isFilled || !isSame(this.stat, stat)) await this.fill(editor.content(0, Number(stat.size)));
      if (isWritten) this.startEditing(editor, isAppending);
      else editor.close();
    } else {
      editor.close();
      if (isTruncated) this.resized(0);
      this.#written.isAppendOnly &&= isAppending || !isWritten;
    }
    this.stat = stat;
  }

  /** From now on the file can be changed; what is in memory is what the target has. */
  startEditing(editor: Editor, isAppendOnly: boolean): void {
    this.#editor?.close();
    this.#editor = editor;
    this.#isSettled = false;
    this.#written = new WrittenContent(this.memory, isAppendOnly);
  }

  editAgain(editor: Editor, stat: Stat): void {
    this.#editor = editor;
    // Of what was appended nobody said whether it arrived.
    if (!this.#written?.isAppendOnly) return;
    this.#written.synced = Math.max(this.#written.synced, Math.min(this.memory.size, Number(stat.size)));
  }

  stopEditing(): void {
    this.#editor?.close();
    this.#editor = null;
    this.#written = null;
  }

  /** A program has written to the memory. */
  suspect(): void {
    if (this.#written !== null) this.#written.isSuspect = true;
    this.#isSettled = false;
  }

  /**
   * Takes the content from the target, from an offset on. Rejects with what `content` throws, or `SystemError` without
   * memory.
   */
  async fill(content: AsyncIterable<Uint8Array>, offset = 0): Promise<void> {
    const writer = this.memory.writer();
    this.#isFilled = false;
    try {
      let size = offset;
      for await (const bytes of content) {
        writer.write(bytes, size);
        size += bytes.length;
      }
      writer.resize(size);
      this.#isFilled = true;
    } finally {
      writer.close();
    }
  }

  resized(size: number): void {
    const writer = this.memory.writer();
    try {
      writer.resize(size);
      this.#written?.resized(size);
      this.#isFilled = true;
    } finally {
      writer.close();
    }
  }

  flush(isThorough: boolean): Promise<number> {
    return this.exclusive(async () => {
      const [editor, written] = [this.#editor, this.#written];
      if (editor === null || written === null) return 0;
      const beganMs = performance.now();
      const isLast = isThorough && !this.memory.hasWriters();
      if (isThorough) this.wasClosed = false;
      const sending = new Sending(editor);
      await written.send(sending, isThorough);
      const { errno, stat } = await sending.end();
      if (stat !== null) this.stat = stat;
      if (errno !== 0) this.failure = errno;
      else if (isLast) this.#isSettled = true;
      this.lastFlushMs = performance.now() - beganMs;
      return errno;
    });
  }

  async barrier(purpose: number, flushed: number): Promise<number> {
    const errno = flushed || this.failure;
    this.failure = 0;
    if (errno !== 0 || purpose === 0 || this.#editor === null) return errno;
    return await this.perform({ synchronise: { dataOnly: purpose === 1 } });
  }

  shown(): Promise<void> {
    return Promise.resolve();
  }

  /** What was added is fetched alone. */
  async renew(open: () => Promise<Renewal | null>): Promise<void> {
    await this.exclusive(async () => {
      if (this.#editor !== null) return;
      const renewal = await open();
      if (renewal === null) return;
      const { editor, stat } = renewal;
      const size = this.memory.size;
      if (isSame(this.stat, stat)) return editor.close();
      const isGrown = Number(stat.size) > size && size > 0;
      if (stat.size === 0n && size > 0) this.resized(0);
      else await this.fill(editor.content(isGrown ? size : 0, Number(stat.size)), isGrown ? size : 0);
      editor.close();
      this.stat = stat;
    });
  }

  close(): void {
    this.stopEditing();
    this.memory.close();
  }
}
