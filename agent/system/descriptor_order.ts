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
const LOWEST = [16384, 4000, 900, 100, 0];
/** Room for those that go second. */
const RANK_SIZE = 64;

/** Moves a file to a descriptor so high that it is released before all that is not as high. */
export function moveToReleaseEarly(fd: number): number {
  const moved = duplicate(fd, 0);
  closeDescriptor(fd);
  return moved;
}

/** Another descriptor for the same file, which makes it go before even those. */
export function duplicateToReleaseFirst(fd: number): number {
  return duplicate(fd, RANK_SIZE);
}

function duplicate(fd: number, above: number): number {
  for (const lowest of LOWEST) {
    const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, lowest + above);
    if (copy >= 0) return copy;
    const code = errno();
    if (code !== EINVAL) throw new SystemError("duplicate a descriptor", code);
  }
  throw new SystemError("duplicate a descriptor", EINVAL);
}
