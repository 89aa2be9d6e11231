/**
 * A large file whose content comes from the target as programs ask for it. The kernel keeps what was read, asks us for the
 * rest, and is told when something has changed. What is written goes out at once, in order; fsync and close wait for it.
 */
import { Errno } from "../../../system/errno.ts";
import type { FuseDevice } from "../../../system/fuse_device.ts";
import type { Identity } from "../../../system/identity.ts";
import { SystemError } from "../../../system/libc.ts";
import type { Descriptor } from "../../../system/open_again.ts";
import { type Stream, StreamError } from "../../../../protocol/link/mod.ts";
import type { Stat } from "../../table.ts";
import { Editor, largestReadBytes, lengthOf, type Operation } from "../editor.ts";
import { type Editing, isSame, RemoteFile } from "../remote_file.ts";
import { Bell } from "./bell.ts";
import { type Attributes, changedNotice, keepCache, noFlush } from "./fuse_messages.ts";
import { ReadAhead, type ReadAheadBudget } from "./read_ahead.ts";

const O_ACCMODE = 3;
const O_APPEND = 0o2000;
/** So much may be on its way to the target before a writer waits. */
const unansweredBytesMax = 4 << 20;

export interface StreamedFileOptions {
  /** Its number in the file system. */
  node: number;
  device: FuseDevice;
  budget: ReadAheadBudget;
  /** Opens it at the target once more; false if it is gone. */
  reopen(file: RemoteFile): Promise<boolean>;
  /** The last program has closed it. */
  onClosed(file: RemoteFile): void;
}

interface Handle {
  ahead: ReadAhead;
  isWriter: boolean;
}

export class StreamedFile extends RemoteFile {
  readonly identity: Identity;
  readonly #options: StreamedFileOptions;
  readonly #bell = new Bell();
  readonly #handles = new Map<number, Handle>();
  #lastHandle = 0;
  /** So many are about to open it. */
  #opening = 0;
  /** Bytes, with what is on its way. */
  #size: number;
  /** The kernel may keep what is no longer so. */
  #isStale = false;
  #source: Editor | null = null;
  #editor: Editor | null = null;
  #reopening: Promise<boolean> | null = null;
  readonly #unanswered = new Set<Promise<void>>();
  #unansweredBytes = 0;

  constructor(path: Uint8Array, stat: Stat, options: StreamedFileOptions) {
    super(path, stat);
    this.#options = options;
    this.identity = { device: options.device.deviceNumber, inode: BigInt(options.node) };
    this.#size = Number(stat.size);
  }

  get watchedPath(): string {
    return this.#bell.path;
  }

  get editor(): Editor | null {
    return this.#editor;
  }

  get remote(): Editor | null {
    return this.#source;
  }

  get isDirty(): boolean {
    return this.#unanswered.size > 0;
  }

  get mayBeWritten(): boolean {
    return [...this.#handles.values()].some((handle) => handle.isWriter);
  }

  get isSettled(): boolean {
    return true;
  }

  get hasUsers(): boolean {
    return this.#handles.size > 0 || this.#opening > 0;
  }

  get attributes(): Attributes {
    return { node: this.#options.node, size: this.#size, stat: this.stat };
  }

  open(flags: number): Promise<Descriptor> {
    this.#opening++;
    return this.#options.device.open(String(this.#options.node), flags).finally(() => this.#opening--);
  }

  read(stream: Stream, stat: Stat): Promise<void> {
    if (this.#source === null) this.#source = new Editor(stream);
    else stream.reset(0);
    this.learned(stat);
    return Promise.resolve();
  }

  edit(editor: Editor, stat: Stat, { isTruncated, isWritten }: Editing): Promise<void> {
    if (this.#editor !== null || (!isWritten && this.#source !== null)) {
      editor.close();
    } else {
      this.#source?.close();
      this.#source = editor;
      if (isWritten) this.#editor = editor;
    }
    if (isTruncated || (this.#unanswered.size === 0 && !isSame(this.stat, stat))) this.#changed(stat);
    return Promise.resolve();
  }

  editAgain(editor: Editor, stat: Stat): void {
    if (this.#editor !== null) this.#editor = editor;
    this.#source = editor;
    if (this.#unanswered.size === 0 && !isSame(this.stat, stat)) this.#changed(stat);
  }

  /** It goes on being read through what it was written through. */
  stopEditing(): void {
    this.#editor = null;
  }

  resized(size: number): void {
    this.#changed({ ...this.stat, size: BigInt(size) });
  }

  shown(): Promise<void> {
    return this.#noticed;
  }

  async flush(): Promise<number> {
    while (this.#unanswered.size > 0) await Promise.all(this.#unanswered);
    return this.failure;
  }

  /** The kernel itself asks for it (`arrived`, `synchronise`), and tells what went wrong. */
  barrier(): Promise<number> {
    return Promise.resolve(0);
  }

  async renew(): Promise<void> {
    if (this.#source === null || this.#isEdited) return;
    this.learned(await this.#ask((source) => source.perform({ stat: {} })));
  }

  protected override learned(stat: Stat): void {
    if (this.#isEdited || isSame(this.stat, stat)) this.stat = stat;
    else this.#changed(stat);
  }

  close(): void {
    this.#editor = null;
    this.#source?.close();
    this.#source = null;
    this.#bell.close();
    for (const { ahead } of this.#handles.values()) ahead.forget(0);
  }

  /** A program opens it with these flags: its number of it, and what open(2) answers. Throws `SystemError`. */
  opened(flags: number): { handle: number; flags: number } {
    const isWriter = (flags & O_ACCMODE) !== 0;
    if (isWriter && this.#editor === null) throw new SystemError("open", Errno.EACCES);
    const ahead = new ReadAhead((offset, length) => this.#fetch(offset, length), this.#options.budget);
    this.#handles.set(++this.#lastHandle, { ahead, isWriter });
    const kept = this.#isStale ? 0 : keepCache;
    this.#isStale = false;
    return { handle: this.#lastHandle, flags: kept | (isWriter ? 0 : noFlush) };
  }

  released(handle: number): void {
    this.#handles.get(handle)?.ahead.forget(0);
    this.#handles.delete(handle);
    if (!this.hasUsers) this.#options.onClosed(this);
  }

  readAt(handle: number, offset: number, length: number): Uint8Array[] | Promise<Uint8Array[]> {
    const reader = this.#handles.get(handle);
    if (reader === undefined) throw new SystemError("read", Errno.EBADF);
    return reader.ahead.read(offset, length, this.#size);
  }

  /** `bytes` are kept. `isMapped`: comes from a mapping, whose writer may have the file open for appending. */
  async writeAt(offset: number, bytes: Uint8Array, flags: number, isMapped: boolean): Promise<void> {
    await this.exclusive(() => {
      const isAppended = (flags & O_APPEND) !== 0 && !isMapped;
      this.#size = isAppended ? this.#size + bytes.length : Math.max(this.#size, offset + bytes.length);
      for (const { ahead } of this.#handles.values()) ahead.forget(offset);
      this.#send(isAppended ? { append: { bytes } } : { write: { offset: BigInt(offset), bytes } }, bytes.length);
      return Promise.resolve();
    });
    while (this.#unansweredBytes > unansweredBytesMax) await Promise.race(this.#unanswered);
  }

  /** Everything has arrived; throws `SystemError` with the first error of what was written, once, to who could write. */
  async arrived(handle: number): Promise<void> {
    if (this.#handles.get(handle)?.isWriter !== true) return;
    const errno = await this.flush();
    this.failure = 0;
    if (errno !== 0) throw new SystemError("write", errno);
  }

  /** As `arrived`, and is on the target's disk. */
  async synchronise(handle: number, dataOnly: boolean): Promise<void> {
    await this.arrived(handle);
    if (this.#editor === null) return;
    const errno = await this.perform({ synchronise: { dataOnly } });
    if (errno !== 0) throw new SystemError("fsync", errno);
  }

  /** ftruncate(2). Throws `SystemError`. */
  async truncate(size: number): Promise<void> {
    const errno = await this.perform({ change: { truncate: { size: BigInt(size) } } });
    if (errno !== 0) throw new SystemError("ftruncate", errno);
    this.#size = size;
    for (const { ahead } of this.#handles.values()) ahead.forget(0);
  }

  get size(): number {
    return this.#size;
  }

  /** Somebody here writes to it, so that what we know is the newest. */
  get #isEdited(): boolean {
    return this.#editor !== null || this.#unanswered.size > 0;
  }

  #send(operation: Operation, length: number): void {
    this.#unansweredBytes += length;
    const answered = this.#apply(operation).then((result) => {
      if (typeof result === "number") this.failure ||= result;
      else this.stat = result;
    }).finally(() => {
      this.#unansweredBytes -= length;
      this.#unanswered.delete(answered);
      // An append may have come behind what somebody else has appended.
      if (this.#unanswered.size === 0 && Number(this.stat.size) !== this.#size) this.#changed(this.stat);
    });
    this.#unanswered.add(answered);
  }

  async #apply(operation: Operation): Promise<Stat | number> {
    const editor = this.#editor ?? this.#source;
    const result = await editor?.perform(operation) ?? Errno.EBADF;
    // Of what was appended nobody said whether it arrived.
    const isRepeatable = !("append" in operation) && editor?.isBroken;
    if (typeof result !== "number" || !isRepeatable || !await this.#reopen(editor)) return result;
    return await this.#editor?.perform(operation) ?? result;
  }

  /** Fewer bytes only at the end of the file. Throws the errno as `StreamError`. */
  async #fetch(offset: number, length: number): Promise<Uint8Array[]> {
    const content: Uint8Array[] = [];
    let end = offset;
    for (let isWhole = true; isWhole && end < offset + length;) {
      const [from, wanted] = [end, Math.min(offset + length - end, largestReadBytes)];
      const parts = await this.#ask((source) => source.read(from, wanted));
      content.push(...parts);
      end += lengthOf(parts);
      isWhole = end === from + wanted;
    }
    // It was cut: the kernel fills what is missing with zeros, behind an end that may move on again.
    if (end < Math.min(offset + length, this.#size)) this.resized(end);
    return content;
  }

  /** Asks through another stream when the agent was restarted. Throws the errno as `StreamError`. */
  async #ask<T>(question: (source: Editor) => Promise<T | number>): Promise<T> {
    for (;;) {
      const source = this.#source;
      if (source === null) throw new StreamError(Errno.EIO, "the file is closed");
      const result = await question(source);
      if (typeof result !== "number") return result;
      if (!source.isBroken || !await this.#reopen(source)) throw new StreamError(result, "the file cannot be read");
    }
  }

  async #reopen(broken: Editor): Promise<boolean> {
    if (this.#source !== broken) return this.#source !== null;
    this.#reopening ??= this.#options.reopen(this).finally(() => this.#reopening = null);
    return await this.#reopening;
  }

  /** The target has another content: what was added is new, or else everything is. */
  #changed(stat: Stat): void {
    const before = this.#size;
    this.stat = stat;
    this.#size = Number(stat.size);
    const from = this.#size > before ? before : 0;
    for (const { ahead } of this.#handles.values()) ahead.forget(from);
    this.#isStale = true;
    this.#notify(from);
    this.#bell.ring();
  }

  /** Resolves when the kernel knows of all changes until now. */
  #noticed: Promise<void> = Promise.resolve();
  #noticeFrom: number | null = null;

  #notify(from: number): void {
    const isComing = this.#noticeFrom !== null;
    this.#noticeFrom = Math.min(this.#noticeFrom ?? from, from);
    if (isComing) return;
    this.#noticed = this.#noticed.then(async () => {
      const offset = this.#noticeFrom!;
      this.#noticeFrom = null;
      await this.#options.device.notify(changedNotice(this.#options.node, offset));
    });
  }
}
