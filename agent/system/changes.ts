/**
 * System calls that change a directory's names or a file's metadata. All return 0 or an errno as a negative number, and
 * none before the file system has answered: they are made with the credentials that this thread has at the moment.
 */
import type { OpenFile } from "./files.ts";
import { pathArgument, syscall } from "./syscall.ts";
import { EINVAL } from "./errno.ts";

const AT_FDCWD = -100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;

/** A name in an open directory. */
export interface Entry {
  directory: OpenFile;
  name: Uint8Array;
}

type Bytes = Uint8Array<ArrayBuffer>;

export function makeDirectory(at: Entry, mode: number): number {
  return named([at.name], (name) => unmasked(() => syscall("mkdirat", at.directory.fd, name, mode)));
}

export function remove(at: Entry, isDirectory: boolean): number {
  const flags = isDirectory ? AT_REMOVEDIR : 0;
  return named([at.name], (name) => syscall("unlinkat", at.directory.fd, name, flags));
}

export function rename(at: Entry, to: Entry, flags: number): number {
  const move = (from: Bytes, name: Bytes) =>
    syscall("renameat2", at.directory.fd, from, to.directory.fd, name, flags >>> 0);
  return named([at.name, to.name], move);
}

/** A second name for an open file. */
export function link(file: OpenFile, to: Entry): number {
  const make = (from: Bytes, name: Bytes) =>
    syscall("linkat", AT_FDCWD, from, to.directory.fd, name, AT_SYMLINK_FOLLOW);
  return named([procPath(file), to.name], make);
}

export function symlink(at: Entry, text: Uint8Array): number {
  return named([text, at.name], (target, name) => syscall("symlinkat", target, at.directory.fd, name));
}

export function makeNode(at: Entry, mode: number, device: bigint): number {
  return named([at.name], (name) => unmasked(() => syscall("mknodat", at.directory.fd, name, mode, device)));
}

export function truncate(file: OpenFile, size: bigint): number {
  return named([procPath(file)], (path) => syscall("truncate", path, size));
}

export function changeMode(file: OpenFile, mode: number): number {
  return named([procPath(file)], (path) => syscall("fchmodat", AT_FDCWD, path, mode));
}

/** −1 leaves a number as it is. */
export function changeOwner(file: OpenFile, uid: number, gid: number): number {
  return syscall("fchownat", file.fd, new Uint8Array(1), uid, gid, AT_EMPTY_PATH);
}

/** Two `struct timespec` with the nanoseconds of utimensat(2). */
export function setTimes(file: OpenFile, times: BigInt64Array<ArrayBuffer>): number {
  return named([procPath(file)], (path) => syscall("utimensat", AT_FDCWD, path, new Uint8Array(times.buffer), 0));
}

export function setAttribute(file: OpenFile, name: Uint8Array, value: Uint8Array, flags: number): number {
  const content = Uint8Array.from(value);
  const set = (path: Bytes, key: Bytes) => syscall("setxattr", path, key, content, content.length, flags);
  return named([procPath(file), name], set);
}

export function removeAttribute(file: OpenFile, name: Uint8Array): number {
  return named([procPath(file), name], (path, key) => syscall("removexattr", path, key));
}

/** The value's length, or the length it has when `into` is empty. */
export function getAttribute(file: OpenFile, name: Uint8Array, into: Bytes): number {
  return named([procPath(file), name], (path, key) => syscall("getxattr", path, key, into, into.length));
}

/** As `getAttribute`, for the names. */
export function listAttributes(file: OpenFile, into: Bytes): number {
  return named([procPath(file)], (path) => syscall("listxattr", path, into, into.length));
}

/** The link below /proc leads to the very file, a symbolic link itself included. */
function procPath(file: OpenFile): Uint8Array {
  return new TextEncoder().encode(file.path);
}

function named<Names extends readonly Uint8Array[]>(
  names: [...Names],
  call: (...terminated: { [Index in keyof Names]: Bytes }) => number,
): number {
  const terminated = names.map(pathArgument);
  if (terminated.includes(null)) return -EINVAL;
  return call(...terminated as { [Index in keyof Names]: Bytes });
}

/** Modes come with the program's umask applied: ours must not take more. */
export function unmasked<T>(make: () => T): T {
  const own = syscall("umask", 0);
  try {
    return make();
  } finally {
    syscall("umask", own);
  }
}
