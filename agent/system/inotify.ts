/** Tells when files or directories change, by one inotify instance that lives as long as somebody watches. */
import type { OpenFile } from "./files.ts";
import { readiness } from "./readiness.ts";
import { pathArgument, syscall } from "./syscall.ts";

const IN_NONBLOCK_CLOEXEC = 0o2004000;
/** Modified, attributes, closed after writing, moved, created, deleted, and the file itself deleted or moved. */
const EVENTS = 0x2 | 0x4 | 0x8 | 0xc0 | 0x100 | 0x200 | 0x400 | 0x800;
const HEAD_BYTES = 16;
const BUFFER_BYTES = 64 * 1024;

/** Bits of events (inotify(7)). */
export const IN_MODIFY = 0x2, IN_CLOSE_WRITE = 0x8;
/** The names in a directory are others, as far as is known; or the watched file is gone or elsewhere. */
export const IN_NAMES = 0xc0 | 0x100 | 0x200 | 0x400 | 0x800 | 0x4000;

/** `name`: the entry of a watched directory that it is about; empty: the watched file itself. */
type Listener = (mask: number, name: Uint8Array) => void;

class FileWatches {
  #fd = -1;
  readonly #listeners = new Map<number, Set<Listener>>();

  /** Calls `listener` after changes of an open file; returns what ends it, or an errno as a negative number. */
  watch(file: OpenFile, listener: Listener): (() => void) | number {
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
      for (let at = 0, size = 0; at < length; at += HEAD_BYTES + size) {
        size = view.getUint32(at + 12, true);
        const name = events.slice(at + HEAD_BYTES, at + HEAD_BYTES + size);
        this.#tell(view.getInt32(at, true), view.getUint32(at + 4, true), name.subarray(0, nameEnd(name)));
      }
    }
  }

  /** The kernel had no room for more events: it says so of watch −1. */
  #tell(watch: number, mask: number, name: Uint8Array): void {
    const concerned = watch === -1 ? [...this.#listeners.values()] : [this.#listeners.get(watch) ?? new Set()];
    for (const listeners of concerned) for (const listener of listeners) listener(mask, name);
  }
}

function nameEnd(padded: Uint8Array): number {
  const end = padded.indexOf(0);
  return end < 0 ? padded.length : end;
}

/** The process has one. */
export const fileWatches = new FileWatches();
