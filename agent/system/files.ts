/**
 * Files of another process's root. What may have to wait, for a disk or for a file system that is another machine's, runs
 * on a pool thread, so that it stops nothing else; what the kernel knows already is asked at once (2 µs instead of 30).
 * Failures are errno values, as negative numbers.
 */
import { EAGAIN, EINVAL } from "./errno.ts";
import { readiness } from "./readiness.ts";
import type { Slots } from "./slots.ts";
import { type Argument, pathArgument, syscall, syscallWaiting, type SystemCall } from "./syscall.ts";

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
/** These two differ between x86 and ARM. */
export const O_DIRECTORY = Deno.build.arch === "x86_64" ? 0o200000 : 0o40000;
export const O_TMPFILE = 0o20000000 | O_DIRECTORY;
export const O_NOFOLLOW = Deno.build.arch === "x86_64" ? 0o400000 : 0o100000;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EACCESS = 0x200;
const AT_EMPTY_PATH = 0x1000;
const AT_STATX_FORCE_SYNC = 0x2000;
const AT_STATX_DONT_SYNC = 0x4000;
const RESOLVE_IN_ROOT = 0x10;
/** Fail with `EAGAIN` rather than wait for anything (Linux 5.12). */
const RESOLVE_CACHED = 0x20;
const STATX_ALL = 0xfff;
const STATX_MNT_ID = 0x1000;
const MOUNT_ID_OFFSET = 144;
const STATX_BYTES = 256;
const STATFS_BYTES = 120;
const PATH_BYTES = 4096;
const empty = new Uint8Array(1);

/** The kernel's raw answer, or an errno as a negative number. */
export type Answer = Uint8Array<ArrayBuffer> | number;

/** What calls on a file may take of the thread pool, and on which mounts (ids of mountinfo) none of it is needed. */
export interface Lane {
  slots: Slots;
  isLocal(mountId: number): boolean;
}

/** An open file. With `O_PATH` it only stands for a place: opening it so has no effect on anything. */
export class OpenFile {
  readonly fd: number;
  readonly #lane: Lane;
  /** The kernel answers questions about it without asking anybody else. */
  readonly #isLocal: boolean;

  constructor(fd: number, lane: Lane) {
    this.fd = fd;
    this.#lane = lane;
    this.#isLocal = lane.isLocal(mountIdOf(fd));
  }

  /** Opens what this `O_PATH` file stands for. */
  async reopen(flags: number): Promise<OpenFile | number> {
    const fd = await this.#ask("openat", AT_FDCWD, this.#procPath(), flags | O_CLOEXEC, 0);
    return fd < 0 ? fd : new OpenFile(fd, this.#lane);
  }

  /** The path that leads to this very file, for calls that take only paths. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** `struct statx`. */
  async stat(): Promise<Answer> {
    const result = new Uint8Array(STATX_BYTES);
    const code = await this.#ask("statx", this.fd, empty, AT_EMPTY_PATH, STATX_ALL, result);
    return code < 0 ? code : result;
  }

  /**
   * Waits until its file system has answered, whatever the kernel remembers of the file: 0, or an errno as a negative
   * number. What is then done by a thread that must not wait will not hang.
   */
  answers(): Promise<number> {
    if (this.#isLocal) return Promise.resolve(0);
    const flags = AT_EMPTY_PATH | AT_STATX_FORCE_SYNC;
    return this.#call("statx", this.fd, empty, flags, STATX_ALL, new Uint8Array(STATX_BYTES));
  }

  /** `struct statx` of a name in this directory, not following a link. */
  async statEntry(name: Uint8Array): Promise<Answer> {
    const argument = pathArgument(name);
    if (argument === null) return -EINVAL;
    const result = new Uint8Array(STATX_BYTES);
    const code = await this.#ask("statx", this.fd, argument, AT_SYMLINK_NOFOLLOW, STATX_ALL, result);
    return code < 0 ? code : result;
  }

  /** `struct statfs` of the file system that it is on. */
  async filesystem(): Promise<Answer> {
    const result = new Uint8Array(STATFS_BYTES);
    const code = await this.#ask("fstatfs", this.fd, result);
    return code < 0 ? code : result;
  }

  /** The text of the symbolic link that this `O_PATH` file is. */
  link(): Promise<Answer> {
    return this.#readLink(this.fd, empty);
  }

  /** The path under which the kernel knows it, seen from the root of its mount namespace. */
  name(): Promise<Answer> {
    return this.#readLink(AT_FDCWD, this.#procPath());
  }

  /** Reads at the position; 0 at the end. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#call("read", this.fd, into, into.length);
  }

  /** Reads at `offset`; 0 at the end. */
  readAt(into: Uint8Array<ArrayBuffer>, offset: bigint): Promise<number> {
    return this.#call("pread64", this.fd, into, into.length, offset);
  }

  /** Writes some of `bytes` at `offset`, or, opened with `O_APPEND`, at the end; how many. */
  writeAt(bytes: Uint8Array<ArrayBuffer>, offset: bigint): Promise<number> {
    return this.#call("pwrite64", this.fd, bytes, bytes.length, offset);
  }

  /** Writes some of `bytes` at the position; how many. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#call("write", this.fd, bytes, bytes.length);
  }

  /** Waits until what was written is on the disk. */
  synchronise(dataOnly: boolean): Promise<number> {
    return this.#call(dataOnly ? "fdatasync" : "fsync", this.fd);
  }

  /** Fills `into` with the next `struct linux_dirent64` records of this directory; 0 at the end. */
  entries(into: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#call("getdents64", this.fd, into, into.length);
  }

  /** See `readiness.readable`; false after `stopWaiting`. */
  readable(): Promise<boolean> {
    return readiness.readable(this.fd);
  }

  /** See `readiness.writable`; false after `stopWaiting`. */
  writable(): Promise<boolean> {
    return readiness.writable(this.fd);
  }

  stopWaiting(): void {
    readiness.forget(this.fd);
  }

  /** Closing may block too, so nobody waits for it. */
  close(): void {
    readiness.forget(this.fd);
    void this.#ask("close", this.fd);
  }

  async #readLink(directory: number, path: Uint8Array<ArrayBuffer>): Promise<Answer> {
    const result = new Uint8Array(PATH_BYTES);
    const length = await this.#ask("readlinkat", directory, path, result, result.length);
    return length < 0 ? length : result.slice(0, length);
  }

  #procPath(): Uint8Array<ArrayBuffer> {
    return pathArgument(new TextEncoder().encode(this.path))!;
  }

  /** A question that a local file system answers from memory. */
  #ask(call: SystemCall, ...values: Argument[]): Promise<number> {
    return this.#isLocal ? Promise.resolve(syscall(call, ...values)) : this.#call(call, ...values);
  }

  #call(call: SystemCall, ...values: Argument[]): Promise<number> {
    return this.#lane.slots.run(() => syscallWaiting(call, ...values));
  }
}

/** Opens the directory that stands for `/` of a process, such as `/proc/1/root`. */
export async function openRoot(path: string, lane: Lane): Promise<OpenFile | number> {
  const argument = pathArgument(new TextEncoder().encode(path))!;
  const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const fd = await lane.slots.run(() => syscallWaiting("openat", AT_FDCWD, argument, flags, 0));
  return fd < 0 ? fd : new OpenFile(fd, lane);
}

/** Opens `path` as if `root` were `/`: neither `..` nor a symbolic link leads out of it. */
export async function openBeneath(
  root: OpenFile,
  path: Uint8Array,
  flags: number,
  lane: Lane,
): Promise<OpenFile | number> {
  const known = (flags & O_PATH) === 0 ? null : openBeneathCall(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_CACHED);
  // Older kernels refuse the flag (EINVAL); the call without it then decides.
  const early = known === null ? -EAGAIN : syscall(...known);
  if (early !== -EAGAIN && early !== -EINVAL) return early < 0 ? early : new OpenFile(early, lane);
  const call = openBeneathCall(root, path, flags);
  if (call === null) return -EINVAL;
  const fd = await lane.slots.run(() => syscallWaiting(...call));
  return fd < 0 ? fd : new OpenFile(fd, lane);
}

/**
 * Whether this thread, with the credentials it has now, may use a path beneath `root` (`R_OK` 4, `W_OK` 2, `X_OK` 1): 0 or
 * an errno as a negative number. Does not return before the file systems on the way have answered.
 */
export function accessNow(root: OpenFile, path: Uint8Array, mode: number): number {
  const call = openBeneathCall(root, path, O_PATH);
  if (call === null) return -EINVAL;
  const fd = syscall(...call);
  if (fd < 0) return fd;
  const result = syscall("faccessat2", fd, empty, mode, AT_EMPTY_PATH | AT_EACCESS);
  syscall("close", fd);
  return result;
}

/**
 * As `openBeneath`, with the credentials that this thread has now and this `mode` for a new file. Does not return before
 * the file systems on the way have answered.
 */
export function openBeneathNow(
  root: OpenFile,
  path: Uint8Array,
  how: { flags: number; mode: number },
  lane: Lane,
): OpenFile | number {
  const call = openBeneathCall(root, path, how.flags, RESOLVE_IN_ROOT, how.mode);
  if (call === null) return -EINVAL;
  const fd = syscall(...call);
  return fd < 0 ? fd : new OpenFile(fd, lane);
}

function openBeneathCall(root: OpenFile, path: Uint8Array, flags: number, resolve = RESOLVE_IN_ROOT, mode = 0) {
  const argument = pathArgument(path);
  if (argument === null) return null;
  const how = new Uint8Array(BigUint64Array.of(BigInt(flags | O_CLOEXEC), BigInt(mode), BigInt(resolve)).buffer);
  return ["openat2", root.fd, argument, how, how.length] as const;
}

/** The mount that a file is on, as numbered in mountinfo; -1 when an older kernel does not tell. Asks no file system. */
function mountIdOf(fd: number): number {
  const result = new Uint8Array(STATX_BYTES);
  const code = syscall("statx", fd, empty, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, result);
  const view = new DataView(result.buffer);
  const isTold = code === 0 && (view.getUint32(0, true) & STATX_MNT_ID) !== 0;
  return isTold ? Number(view.getBigUint64(MOUNT_ID_OFFSET, true)) : -1;
}
