/** Tells when files or directories change, by one inotify instance that lives as long as somebody watches. */
import type { OpenFile } from "./files.ts";
import { readiness } from "./readiness.ts";
import { pathArgument, syscall } from "./syscall.ts";

const IN_NONBLOCK_CLOEXEC = 0o2004000;
/** Modified, attributes, closed after writing, moved, created, deleted, and the file itself deleted or moved. */
const EVENTS = 0x2 | 0x4 | 0x8 | 0xc0 | 0x100 | 0x200 | 0x400 | 0x800;
const HEAD_BYTES = 16;
const BUFFER_BYTES = 64 * 1024;

class FileWatches {
  #fd = -1;
  readonly #listeners = new Map<number, Set<() => void>>();

  /** Calls `listener` after changes of an open file; returns what ends it, or an errno as a negative number. */
  watch(file: OpenFile, listener: () => void): (() => void) | number {
    if (this.#fd < 0) this.#fd = syscall("inotify_init1", IN_NONBLOCK_CLOEXEC);
    if (this.#fd < 0) return this.#fd;
    const path = pathArgument(new TextEncoder().encode(file.path))!;
    const watch = syscall("inotify_add_watch", this.#fd, path, EVENTS);
    if (watch < 0) {
      this.#closeIfUnused();
      return watch;
    }
    const isFirst = this.#listeners.size === 0;
    const listeners = this.#listeners.get(watch) ?? new Set();
    this.#listeners.set(watch, listeners.add(listener));
    if (isFirst) void this.#listen(this.#fd);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#listeners.delete(watch);
      syscall("inotify_rm_watch", this.#fd, watch);
      this.#closeIfUnused();
    };
  }

  #closeIfUnused(): void {
    if (this.#listeners.size > 0 || this.#fd < 0) return;
    readiness.forget(this.#fd);
    syscall("close", this.#fd);
    this.#fd = -1;
  }

  async #listen(fd: number): Promise<void> {
    const events = new Uint8Array(BUFFER_BYTES);
    while (this.#fd === fd && await readiness.readable(fd)) {
      const length = syscall("read", fd, events, events.length);
      const view = new DataView(events.buffer);
      const watches = new Set<number>();
      for (let at = 0; at < length; at += HEAD_BYTES + view.getUint32(at + 12, true)) {
        watches.add(view.getInt32(at, true));
      }
      for (const watch of watches) this.#listeners.get(watch)?.forEach((listener) => listener());
    }
  }
}

/** The process has one. */
export const fileWatches = new FileWatches();
