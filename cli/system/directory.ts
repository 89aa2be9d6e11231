/** An open local directory that is filled with entries whose names are bytes; Deno's own calls know text names only. */
import { Errno } from "./errno.ts";
import { type Identity, identityOf } from "./identity.ts";
import { check, cString, errno, libc, SystemError } from "./libc.ts";

const AT_FDCWD = -100;
const AT_REMOVEDIR = 0x200;
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;
const O_NOFOLLOW = Deno.build.arch === "aarch64" ? 0o100000 : 0o400000;
const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;
const nameMax = 255;

/** Types of directory entries (`d_type`). */
export const EntryType = { fifo: 1, character: 2, directory: 4, block: 6, regular: 8, link: 10, socket: 12 } as const;

/** A name that can be an entry: not empty, not `.` or `..`, without `/` and NUL, at most 255 bytes. */
export function isEntryName(name: Uint8Array): boolean {
  if (name.length === 0 || name.length > nameMax) return false;
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) return false;
  return !name.includes(0x2f) && !name.includes(0);
}

/** Throws `SystemError`. The caller gives only names that `isEntryName` approves. */
export class Directory {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  static open(path: string): Directory {
    return new Directory(check("openat", libc.openat(AT_FDCWD, cString(path), O_DIRECTORY | O_CLOEXEC, 0)));
  }

  openChild(name: string | Uint8Array): Directory {
    return new Directory(check("openat", libc.openat(this.#fd, cString(name), O_DIRECTORY | O_CLOEXEC, 0)));
  }

  /** The directory that `names` lead to, one in the other; those that are missing are made. */
  openMade(names: readonly Uint8Array[]): Directory {
    let directory = this.openChild(".");
    for (const name of names) {
      const made = libc.mkdirat(directory.#fd, cString(name), 0o755);
      const code = made < 0 ? errno() : 0;
      const above = directory;
      try {
        if (code !== 0 && code !== Errno.EEXIST) check("mkdirat", made);
        directory = above.openChild(name);
      } finally {
        above.close();
      }
    }
    return directory;
  }

  makeDirectory(name: string, mode: number): void {
    check("mkdirat", libc.mkdirat(this.#fd, cString(name), mode));
  }

  /** Moves an entry into another directory, where nothing has that name. */
  moveEntry(name: Uint8Array, to: Directory, newName: Uint8Array): void {
    check("renameat", libc.renameat(this.#fd, cString(name), to.#fd, cString(newName)));
  }

  /** Removes the empty directory that `names` lead to. */
  removeLast(names: readonly Uint8Array[]): void {
    const above = this.openMade(names.slice(0, -1));
    const result = libc.unlinkat(above.#fd, cString(names.at(-1)!), AT_REMOVEDIR);
    const code = result < 0 ? errno() : 0;
    above.close();
    if (code !== 0) throw new SystemError("unlinkat", code);
  }

  /** Removes the directory `names[0]` and what is on the way to the last name, as far as nothing else is in it. */
  removeEmpty(names: readonly Uint8Array[]): void {
    const [name, ...below] = names;
    if (name === undefined) return;
    if (below.length > 0) {
      const directory = this.openChild(name);
      try {
        directory.removeEmpty(below);
      } finally {
        directory.close();
      }
    }
    if (libc.unlinkat(this.#fd, cString(name), AT_REMOVEDIR) < 0 && errno() !== Errno.ENOTEMPTY) check("unlinkat", -1);
  }

  /** Makes an empty entry of `type`, one of `EntryType`; devices need no rights here, as they are void ones. */
  makeEntry(name: Uint8Array, type: number): void {
    const path = terminated(name);
    if (type === EntryType.directory) check("mkdirat", libc.mkdirat(this.#fd, path, 0o755));
    else if (type === EntryType.link) check("symlinkat", libc.symlinkat(cString("."), this.#fd, path));
    else check("mknodat", libc.mknodat(this.#fd, path, (type << 12) | 0o444, 0n));
  }

  /** A second name, `name`, for the entry `existing` of `from`; false when the file system allows no more of them. */
  link(from: Directory, existing: Uint8Array<ArrayBuffer>, name: Uint8Array): boolean {
    if (libc.linkat(from.#fd, existing, this.#fd, terminated(name), 0) === 0) return true;
    const code = errno();
    if (code === Errno.EMLINK || code === Errno.EPERM) return false;
    return check("linkat", -1) === 0;
  }

  removeEntry(name: Uint8Array, isDirectory: boolean): void {
    check("unlinkat", libc.unlinkat(this.#fd, terminated(name), isDirectory ? AT_REMOVEDIR : 0));
  }

  /** Tells who watches (inotify(7)) that an entry was written to, and, `isClosed`, that this is over. */
  tellWritten(name: Uint8Array, isClosed: boolean): void {
    // Of the two times only the later one is set: the kernel takes this for writing.
    const times = BigInt64Array.of(0n, UTIME_OMIT, 0n, UTIME_NOW);
    libc.utimensat(this.#fd, cString(name), new Uint8Array(times.buffer), 0);
    if (isClosed && !this.#openAndClose(name)) this.#whileWritable(name, () => this.#openAndClose(name));
  }

  #openAndClose(name: Uint8Array): boolean {
    const opened = libc.openat(this.#fd, cString(name), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (opened >= 0) libc.close(opened);
    return opened >= 0;
  }

  #whileWritable(name: Uint8Array, work: () => void): void {
    const opened = libc.openat(this.#fd, cString(name), O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (opened < 0) return;
    libc.fchmod(opened, 0o644);
    work();
    libc.fchmod(opened, 0o444);
    libc.close(opened);
  }

  /** Of the directory itself. */
  identity(): Identity {
    return identityOf(this.#fd);
  }

  close(): void {
    libc.close(this.#fd);
  }
}

const nameBuffer = new Uint8Array(nameMax + 1);

/** `name` with a NUL behind it, valid until the next call. */
function terminated(name: Uint8Array): Uint8Array<ArrayBuffer> {
  nameBuffer.set(name);
  nameBuffer[name.length] = 0;
  return nameBuffer;
}
