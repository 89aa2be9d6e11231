/**
 * The remote files that programs of the session have open, each once however often it is open, and what happens to them:
 * the kernel tells when one was written to or closed.
 */
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_MODIFY, Inotify } from "../../system/inotify.ts";
import type { Descriptor } from "../../system/open_again.ts";
import type { Poller, Watch } from "../../system/poller.ts";
import type { Log } from "../log.ts";
import { type FileIdentity, keyOf, movedPath, type SessionTable } from "../table.ts";
import { FileInMemory } from "./file_in_memory.ts";
import type { RemoteFile } from "./remote_file.ts";
import type { StreamedFiles } from "./streaming/streamed_files.ts";

/** What was written goes out after this much, or as many times as long as the last time took. */
const shortestDelayMs = 3;
const delayPerWork = 4;
const sweepMs = 1000;

export interface OpenFilesOptions {
  table: SessionTable;
  poller: Poller;
  log: Log;
  /** Something the user must know. */
  warn(text: string): void;
  /** A file is open for writing, or none is any more. */
  onWriting(isWriting: boolean): void;
  /** Null: this machine does not let us serve files. */
  streamed: StreamedFiles | null;
  /** Opens a file again when the agent that had it open is gone; false if it can't be had any more. */
  reopen(file: RemoteFile): Promise<boolean>;
}

export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #inotify = new Inotify();
  readonly #watch: Watch;
  readonly #byTarget = new Map<string, RemoteFile>();
  readonly #byLocal = new Map<string, RemoteFile>();
  readonly #byWatch = new Map<number, FileInMemory>();
  readonly #timers = new Map<RemoteFile, ReturnType<typeof setTimeout>>();
  readonly #told = new Set<RemoteFile>();
  readonly #sweep: ReturnType<typeof setInterval>;
  #closed = false;
  #isWriting = false;

  constructor(options: OpenFilesOptions) {
    this.#options = options;
    this.#watch = options.poller.watch(this.#inotify.fd);
    this.#sweep = setInterval(() => this.#releaseUnused(), sweepMs);
    if (options.streamed !== null) {
      options.streamed.hooks = { reopen: options.reopen, onClosed: (file) => this.#release(file) };
    }
    this.#listen();
  }

  /** The file with this identity at the target. */
  find(target: FileIdentity): RemoteFile | undefined {
    return this.#byTarget.get(keyOf(target));
  }

  /** The file that is this one to programs. */
  findLocal(local: FileIdentity): RemoteFile | undefined {
    return this.#byLocal.get(keyOf(local));
  }

  /** Programs have files open for writing, or what they wrote is on its way. */
  get isEditing(): boolean {
    return this.#byTarget.values().some((file) => file.editor !== null);
  }

  all(): Iterable<RemoteFile> {
    return this.#byTarget.values();
  }

  add(file: RemoteFile): void {
    this.#byTarget.set(keyOf(file.stat), file);
    this.#byLocal.set(keyOf(file.identity), file);
  }

  /** Its content is there: from now on what happens to it matters. */
  watch(file: RemoteFile): void {
    if (!(file instanceof FileInMemory)) return;
    const watch = this.#inotify.add(file.memory.path, IN_MODIFY | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
    this.#byWatch.set(watch, file);
  }

  /** Opens it for a program: the descriptor is to be handed over. Rejects with `SystemError`. */
  give(file: RemoteFile, path: Uint8Array, flags: number): Promise<Descriptor> {
    file.openedMs = performance.now();
    file.path = path;
    this.#options.table.setFile(file.identity, { path, stat: file.stat });
    if (file.editor !== null) this.#tellWriting(true);
    return file.open(flags);
  }

  /** What was at `from`, or beneath it, is at `to` now. */
  renamed(from: Uint8Array, to: Uint8Array): void {
    for (const file of this.#byTarget.values()) file.path = movedPath(file.path, from, to);
  }

  /** Learns what programs have done until now. */
  catchUp(): void {
    for (const { watch, mask } of this.#inotify.take()) {
      if (watch === -1) {
        for (const file of this.#byWatch.values()) this.#written(file);
        continue;
      }
      const file = this.#byWatch.get(watch);
      if (file === undefined) continue;
      if ((mask & IN_MODIFY) !== 0) this.#written(file);
      if ((mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)) !== 0) {
        if ((mask & IN_CLOSE_WRITE) !== 0 && file.editor !== null) {
          file.wasClosed = true;
          this.#schedule(file, 0, true);
        } else this.#release(file);
      }
    }
  }

  /** Does `work`, which empties a file at the target, while everything is there and nothing is on its way. */
  async quietly<T>(work: () => Promise<T>): Promise<T> {
    await this.flushAll();
    const gate = Promise.withResolvers<void>();
    const edited = [...this.#byTarget.values()].filter((file) => file.editor !== null);
    const held = edited.map((file) =>
      new Promise<void>((resolve) => {
        void file.exclusive(() => {
          resolve();
          return gate.promise;
        });
      })
    );
    await Promise.all(held);
    try {
      return await work();
    } finally {
      gate.resolve();
    }
  }

  /** Brings everything that was written to the target; the first errno. */
  async flushAll(isThorough = false): Promise<number> {
    this.catchUp();
    const dirty = [...this.#byTarget.values()].filter((file) => isThorough ? file.editor !== null : file.isDirty);
    const results = await Promise.all(dirty.map((file) => this.flush(file, isThorough)));
    return results.find((errno) => errno !== 0) ?? 0;
  }

  /** Before something is done by these paths, what was written there goes out: its answer must not overtake the others. */
  async flushAt(...paths: Uint8Array[]): Promise<void> {
    this.catchUp();
    const written = [...this.#byTarget.values()].filter((file) =>
      file.isDirty && paths.some((path) => isSamePath(path, file.path))
    );
    await Promise.all(written.map((file) => this.flush(file, false)));
  }

  /** Brings what was written until now to the target. What could not be brought before is left to the sweep. */
  async settle(): Promise<void> {
    this.catchUp();
    const unsaved = [...this.#byTarget.values()].filter((file) =>
      file.editor !== null && (file.isDirty || file.wasClosed) && !this.#told.has(file)
    );
    await Promise.all(unsaved.map((file) => this.flush(file, file.wasClosed)));
    for (const file of unsaved) this.#release(file);
  }

  /** 0 or an errno. */
  async flush(file: RemoteFile, isThorough: boolean): Promise<number> {
    // What was to be done soon is done now.
    if (isThorough) this.#cancel(file);
    const before = file.failure;
    let errno = await file.flush(isThorough);
    if (errno !== 0 && file.editor?.isBroken && await this.#options.reopen(file)) {
      errno = await file.flush(isThorough);
      // Nothing was lost with the agent: nobody has to know.
      if (errno === 0) file.failure = before;
    }
    if (errno !== 0) this.#tell(file, errno);
    else this.#told.delete(file);
    return errno;
  }

  /** Forgets a file whose content could not be fetched. */
  drop(file: RemoteFile): void {
    this.#cancel(file);
    if (this.#byTarget.get(keyOf(file.stat)) === file) this.#byTarget.delete(keyOf(file.stat));
    this.#byLocal.delete(keyOf(file.identity));
    this.#options.streamed?.forget(file);
    for (const [watch, watched] of this.#byWatch) {
      if (watched !== file) continue;
      this.#byWatch.delete(watch);
      this.#inotify.remove(watch);
    }
    this.#stopEditing(file);
    file.close();
  }

  /** Saves what is unsaved. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flushAll(true);
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const file of [...this.#byTarget.values()]) this.drop(file);
    this.#watch.close();
    this.#inotify.close();
  }

  async #listen(): Promise<void> {
    while (!this.#closed) {
      await this.#watch.readable();
      if (!this.#closed) this.catchUp();
    }
  }

  #written(file: FileInMemory): void {
    if (file.editor === null) return;
    file.suspect();
    this.#schedule(file, Math.max(shortestDelayMs, delayPerWork * file.lastFlushMs), false);
  }

  #schedule(file: RemoteFile, delayMs: number, isThorough: boolean): void {
    if (this.#timers.has(file) && !isThorough) return;
    this.#cancel(file);
    const timer = setTimeout(async () => {
      this.#timers.delete(file);
      await this.flush(file, isThorough);
      this.#release(file);
    }, delayMs);
    this.#timers.set(file, timer);
  }

  #cancel(file: RemoteFile): void {
    clearTimeout(this.#timers.get(file));
    this.#timers.delete(file);
  }

  #releaseUnused(): void {
    for (const file of this.#byTarget.values()) {
      // What could not be saved is tried again.
      if (file.isDirty) this.#schedule(file, 0, false);
      else this.#release(file);
    }
  }

  /** Stops what nobody needs any more. */
  #release(file: RemoteFile): void {
    if (this.#timers.has(file) || file.isBusy || !this.#byTarget.has(keyOf(file.stat))) return;
    if (file.editor !== null) {
      if (file.isDirty || file.mayBeWritten) return;
      if (!file.isSettled) return this.#schedule(file, 0, true);
      this.#stopEditing(file);
    }
    if (!file.isFollowed && !file.hasUsers) this.drop(file);
  }

  #stopEditing(file: RemoteFile): void {
    if (file.editor === null) return;
    file.stopEditing();
    if (!this.isEditing) this.#tellWriting(false);
  }

  #tellWriting(isWriting: boolean): void {
    if (this.#isWriting === isWriting) return;
    this.#isWriting = isWriting;
    this.#options.onWriting(isWriting);
  }

  #tell(file: RemoteFile, errno: number): void {
    if (this.#told.has(file)) return;
    this.#told.add(file);
    const path = new TextDecoder().decode(file.path);
    this.#options.warn(`what was written to ${path} could not be brought to the target: ${errorName(errno)}`);
  }
}

function isSamePath(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** In words, as the C library says it. */
function errorName(errno: number): string {
  return {
    5: "input/output error",
    27: "file too large",
    28: "no space left on device",
    30: "read-only file system",
    116: "stale file handle",
    122: "disk quota exceeded",
  }[errno] ?? `errno ${errno}`;
}
