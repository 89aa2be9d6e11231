/**
 * A large file whose content comes from the target as programs ask for it. The kernel keeps what was read, asks us for the
 * rest, and is told when something has changed. What is written goes out at once, in order; fsync and close wait for it.
 */
import { Errno } from "../../../system/errno.ts";
import type { FuseDevice } from "../../../system/fuse_device.ts";
import type { Identity } from "../../../system/identity.ts";
import { SystemError } from "../../../system/libc.ts";
import type { Descriptor } from "../../../system/open_again.ts";
import type { Stream } from "../../../../protocol/link/mod.ts";
import type { Stat } from "../../table.ts";
import { Editor, lengthOf } from "../editor.ts";
import { type Editing, isSame, RemoteFile } from "../remote_file.ts";
import { Bell } from "./bell.ts";
import { type Attributes, keepCache, noFlush } from "./fuse_messages.ts";
import { Notices } from "./notices.ts";
import { Outbox } from "./outbox.ts";
import { ReadAhead, type ReadAheadBudget } from "./read_ahead.ts";
import { Source } from "./source.ts";

const O_ACCMODE = 3;
const O_APPEND = 0o2000;

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
  readonly #source: Source;
  readonly #notices: Notices;
  #editor: Editor | null = null;
  readonly #outbox: Outbox;

  constructor(path: Uint8Array, stat: Stat, options: StreamedFileOptions) {
    super(path, stat);
    this.#options = options;
    this.identity = { device: options.device.deviceNumber, inode: BigInt(options.node) };
    this.#size = Number(stat.size);
    this.#source = new Source(() => options.reopen(this));
    this.#outbox = new Outbox(this.#source);
    this.#notices = new Notices(options.device, options.node);
  }

  get watchedPath(): string {
    return this.#bell.path;
  }

  get editor(): Editor | null {
    return this.#editor;
  }

  get remote(): Editor | null {
    return this.#source.editor;
  }

  get isDirty(): boolean {
    return !this.#outbox.isEmpty;
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
    if (this.#source.editor === null) this.#source.replace(new Editor(stream));
    else stream.reset(0);
    this.learned(stat);
    return Promise.resolve();
  }

  edit(editor: Editor, stat: Stat, { isTruncated, isWritten }: Editing): Promise<void> {
    if (this.#editor !== null || (!isWritten && this.#source.editor !== null)) {
      editor.close();
    } else {
      this.#source.replace(editor);
      if (isWritten) this.#editor = editor;
    }
    if (isTruncated || (this.#outbox.isEmpty && !isSame(this.stat, stat))) this.#changed(stat);
    return Promise.resolve();
  }

  editAgain(editor: Editor, stat: Stat): void {
    if (this.#editor !== null) this.#editor = editor;
    this.#source.replace(editor);
    if (this.#outbox.isEmpty && !isSame(this.stat, stat)) this.#changed(stat);
  }

  /** It goes on being read through what it was written through. */
  stopEditing(): void {
    this.#editor = null;
  }

  resized(size: number): void {
    this.#changed({ ...this.stat, size: BigInt(size) });
  }

  shown(): Promise<void> {
    return this.#notices.told;
  }

  async flush(): Promise<number> {
    await this.#outbox.empty();
    return this.failure;
  }

  /** The kernel itself asks for it (`arrived`, `synchronise`), and tells what went wrong. */
  barrier(): Promise<number> {
    return Promise.resolve(0);
  }

  async renew(): Promise<void> {
    if (this.#source.editor === null || this.#isEdited) return;
    this.learned(await this.#source.ask((editor) => editor.perform({ stat: {} })));
  }

  protected override learned(stat: Stat): void {
    if (this.#isEdited || isSame(this.stat, stat)) this.stat = stat;
    else this.#changed(stat);
  }

  close(): void {
    this.#editor = null;
    this.#source.replace(null);
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
      const operation = isAppended ? { append: { bytes } } : { write: { offset: BigInt(offset), bytes } };
      this.#outbox.send(operation, bytes.length, (result) => this.#answered(result));
      return Promise.resolve();
    });
    await this.#outbox.room();
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
    return this.#editor !== null || this.isDirty;
  }

  #answered(result: Stat | number): void {
    if (typeof result === "number") this.failure ||= result;
    else this.stat = result;
    // An append may have come behind what somebody else has appended.
    if (this.#outbox.isEmpty && Number(this.stat.size) !== this.#size) this.#changed(this.stat);
  }

  async #fetch(offset: number, length: number): Promise<Uint8Array[]> {
    const content = await this.#source.read(offset, length);
    const end = offset + lengthOf(content);
    // It was cut: the kernel fills what is missing with zeros, behind an end that may move on again.
    if (end < Math.min(offset + length, this.#size)) this.resized(end);
    return content;
  }

  /** The target has another content: what was added is new, or else everything is. */
  #changed(stat: Stat): void {
    const before = this.#size;
    this.stat = stat;
    this.#size = Number(stat.size);
    const from = this.#size > before ? before : 0;
    for (const { ahead } of this.#handles.values()) ahead.forget(from);
    this.#isStale = true;
    this.#notices.send(from);
    this.#bell.ring();
  }
}
