/**
 * Files of another process's root by descriptor. Everything that walks a path or touches a file runs on a pool thread: a
 * dead network file system may then hang it without stopping anything else. Results are the kernel's; negative is an errno.
 */
import { EINVAL } from "./errno.ts";
import { type Argument, pathArgument, syscall, syscallWaiting, type SystemCall } from "./syscall.ts";

export const O_RDONLY = 0;
export const O_ACCMODE = 3;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_TRUNC = 0o1000;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
/** These two differ between x86 and ARM. */
export const O_DIRECTORY = Deno.build.arch === "x86_64" ? 0o200000 : 0o40000;
export const O_NOFOLLOW = Deno.build.arch === "x86_64" ? 0o400000 : 0o100000;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EACCESS = 0x200;
const AT_EMPTY_PATH = 0x1000;
const RESOLVE_IN_ROOT = 0x10;
const STATX_ALL = 0xfff;
const STATX_BYTES = 256;
const STATFS_BYTES = 120;
const PATH_BYTES = 4096;
const empty = new Uint8Array(1);
/** Hung calls keep their threads; they must not use up the pool that sockets and packet capture wait in. */
const threadsMax = 64;
let threadsBusy = 0;
const queue: (() => void)[] = [];

async function fileCall(call: SystemCall, ...values: Argument[]): Promise<number> {
  if (threadsBusy < threadsMax) threadsBusy++;
  else await new Promise<void>((resolve) => queue.push(resolve));
  try {
    return await syscallWaiting(call, ...values);
  } finally {
    const next = queue.shift();
    if (next === undefined) threadsBusy--;
    else next();
  }
}

/** Opens the directory that stands for `/` of a process, such as `/proc/1/root`. */
export function openRoot(path: string): Promise<number> {
  const argument = pathArgument(new TextEncoder().encode(path))!;
  return fileCall("openat", AT_FDCWD, argument, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

/** Opens `path` as if `root` were `/`: neither `..` nor a symbolic link leads out of it. */
export async function openBeneath(root: number, path: Uint8Array, flags: number): Promise<number> {
  const call = openBeneathCall(root, path, flags);
  return call === null ? -EINVAL : await fileCall(...call);
}

/** The same on this thread, for calls under changed credentials. */
export function openBeneathNow(root: number, path: Uint8Array, flags: number): number {
  const call = openBeneathCall(root, path, flags);
  return call === null ? -EINVAL : syscall(...call);
}

function openBeneathCall(root: number, path: Uint8Array, flags: number) {
  const argument = pathArgument(path);
  if (argument === null) return null;
  const how = new Uint8Array(BigUint64Array.of(BigInt(flags | O_CLOEXEC), 0n, BigInt(RESOLVE_IN_ROOT)).buffer);
  return ["openat2", root, argument, how, how.length] as const;
}

/** Opens what an `O_PATH` descriptor stands for. */
export function reopen(fd: number, flags: number): Promise<number> {
  return fileCall("openat", AT_FDCWD, descriptorPath(fd), flags | O_CLOEXEC, 0);
}

/** The path that leads to the very file of a descriptor, for calls that take only paths. */
export function pathOfDescriptor(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function descriptorPath(fd: number): Uint8Array<ArrayBuffer> {
  return pathArgument(new TextEncoder().encode(pathOfDescriptor(fd)))!;
}

/** `struct statx` of the file behind a descriptor, or an errno. */
export async function statDescriptor(fd: number): Promise<Uint8Array<ArrayBuffer> | number> {
  const result = new Uint8Array(STATX_BYTES);
  const code = await fileCall("statx", fd, empty, AT_EMPTY_PATH, STATX_ALL, result);
  return code < 0 ? code : result;
}

/** `struct statx` of a name in an open directory, not following a link. */
export async function statEntry(directory: number, name: Uint8Array): Promise<Uint8Array<ArrayBuffer> | number> {
  const argument = pathArgument(name);
  if (argument === null) return -EINVAL;
  const result = new Uint8Array(STATX_BYTES);
  const code = await fileCall("statx", directory, argument, AT_SYMLINK_NOFOLLOW, STATX_ALL, result);
  return code < 0 ? code : result;
}

/** `struct statfs` of the file system that a descriptor is on, or an errno. */
export async function statFilesystemOf(fd: number): Promise<Uint8Array<ArrayBuffer> | number> {
  const result = new Uint8Array(STATFS_BYTES);
  const code = await fileCall("fstatfs", fd, result);
  return code < 0 ? code : result;
}

/** Whether this thread, with the credentials it has now, may use the file of a descriptor (`R_OK` 4, `W_OK` 2, `X_OK` 1). */
export function accessNow(fd: number, mode: number): number {
  return syscall("faccessat2", fd, empty, mode, AT_EMPTY_PATH | AT_EACCESS);
}

/** The text of the symbolic link behind an `O_PATH` descriptor, or an errno. */
export function readLinkOf(fd: number): Promise<Uint8Array<ArrayBuffer> | number> {
  return readLinkAt(fd, empty);
}

/** The path under which the kernel knows the file of a descriptor, seen from the root of its mount namespace. */
export function nameOfDescriptor(fd: number): Promise<Uint8Array<ArrayBuffer> | number> {
  return readLinkAt(AT_FDCWD, descriptorPath(fd));
}

async function readLinkAt(directory: number, path: Uint8Array<ArrayBuffer>) {
  const result = new Uint8Array(PATH_BYTES);
  const length = await fileCall("readlinkat", directory, path, result, result.length);
  return length < 0 ? length : result.slice(0, length);
}

/** Reads at the descriptor's position; 0 at the end. */
export function readDescriptor(fd: number, into: Uint8Array<ArrayBuffer>): Promise<number> {
  return fileCall("read", fd, into, into.length);
}

/** Fills `into` with `struct linux_dirent64` records of an open directory; 0 at the end. */
export function readEntries(fd: number, into: Uint8Array<ArrayBuffer>): Promise<number> {
  return fileCall("getdents64", fd, into, into.length);
}

/** Closing may block too (network file systems); nobody waits for it. */
export function closeFile(fd: number): void {
  void fileCall("close", fd);
}
