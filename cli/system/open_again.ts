/** Open files of ours, opened once more: with an offset and flags of their own. */
import { check, cString, libc } from "./libc.ts";

const AT_FDCWD = -100;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;

/** An open file of ours that is to be handed to another process. */
export interface Descriptor {
  fd: number;
  /** Gives up our own number of it. */
  close(): void | Promise<void>;
}

/** `flags` of open(2). The caller closes it, or hands it on. Throws `SystemError`. */
export function openAgain(fd: number, flags: number): number {
  return check("openat", libc.openat(AT_FDCWD, cString(`/proc/self/fd/${fd}`), flags | O_CLOEXEC, 0));
}

/** A place by its path, which can be neither read nor written, to be handed over. Throws `SystemError`. */
export function placeToHandOver(path: string): Descriptor {
  const opened = check("openat", libc.openat(AT_FDCWD, cString(path), O_PATH | O_CLOEXEC, 0));
  return { fd: opened, close: () => void libc.close(opened) };
}

/** As `openAgain`, to be handed over. */
export function openToHandOver(fd: number, flags: number): Descriptor {
  const opened = openAgain(fd, flags);
  return { fd: opened, close: () => void libc.close(opened) };
}
