/** What happens to local files, as inotify(7) tells it. */
import { check, cString, libc } from "./libc.ts";

const IN_NONBLOCK_CLOEXEC = 0o2004000;
export const IN_MODIFY = 0x2;
export const IN_CLOSE_WRITE = 0x8;
export const IN_CLOSE_NOWRITE = 0x10;
const IN_Q_OVERFLOW = 0x4000;
const IN_IGNORED = 0x8000;
/** `struct inotify_event` without its name, which watches of files don't have. */
const eventBytes = 16;
const bufferBytes = 4096 * eventBytes;

/** One event: whose (-1: some were lost), and what happened (bits). */
export interface FileEvent {
  watch: number;
  mask: number;
}

export class Inotify {
  /** Readable when there are events. */
  readonly fd = check("inotify_init1", libc.inotify_init1(IN_NONBLOCK_CLOEXEC));
  readonly #buffer = new Uint8Array(bufferBytes);

  /** A watch on the file at `path`; the same file has the same watch. Throws `SystemError`. */
  add(path: string, mask: number): number {
    return check("inotify_add_watch", libc.inotify_add_watch(this.fd, cString(path), mask));
  }

  remove(watch: number): void {
    libc.inotify_rm_watch(this.fd, watch);
  }

  /** All events that have happened until now. */
  take(): FileEvent[] {
    const events: FileEvent[] = [];
    for (;;) {
      const length = libc.read(this.fd, this.#buffer, BigInt(bufferBytes));
      if (length <= 0) return events;
      const view = new DataView(this.#buffer.buffer, 0, length);
      for (let at = 0; at < length; at += eventBytes + view.getUint32(at + 12, true)) {
        const mask = view.getUint32(at + 4, true);
        if ((mask & IN_IGNORED) === 0) {
          events.push({ watch: (mask & IN_Q_OVERFLOW) !== 0 ? -1 : view.getInt32(at, true), mask });
        }
      }
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}
