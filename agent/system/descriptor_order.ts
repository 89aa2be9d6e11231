/**
 * Which descriptors the kernel gives up first when the process is killed: it releases files from the highest number down
 * (it collects the last references in ascending order and works them off in reverse). That matters, because closing a
 * packet ring takes tens of milliseconds, and whatever comes behind it waits.
 */
import { EINVAL } from "./errno.ts";
import { errno, libc } from "./libc.ts";
import { closeDescriptor } from "./socket.ts";
import { SystemError } from "./system_error.ts";

const F_DUPFD_CLOEXEC = 1030;
/** Above what connections use; where the limit on open files is lower, the next one. */
const LOWEST = [16384, 4000, 1000, 200, 0];

/** A second descriptor for the same file, so high that the file is among the first to be released. */
export function duplicateToReleaseFirst(fd: number): number {
  for (const lowest of LOWEST) {
    const duplicate = libc.fcntl(fd, F_DUPFD_CLOEXEC, lowest);
    if (duplicate >= 0) return duplicate;
    const code = errno();
    if (code !== EINVAL) throw new SystemError("duplicate a descriptor", code);
  }
  throw new SystemError("duplicate a descriptor", EINVAL);
}

/** Moves a file to such a descriptor. */
export function moveToReleaseFirst(fd: number): number {
  const moved = duplicateToReleaseFirst(fd);
  closeDescriptor(fd);
  return moved;
}
