/** A process held by a pidfd: its number cannot come to mean another one. */
import { check, errno, libc } from "./libc.ts";
import { Errno } from "./errno.ts";
import type { Poller } from "./poller.ts";

const SYS_pidfd_send_signal = 424n;
const SYS_pidfd_open = 434n;
const SYS_pidfd_getfd = 438n;
/** No process has it: tells the right to take descriptors from their absence. */
const impossibleFd = 0x7fffffff;

export const SIGTERM = 15;
export const SIGKILL = 9;

export class ProcessHandle {
  readonly pid: number;
  readonly #fd: number;
  #closed = false;

  /** Throws `SystemError` ESRCH when there is no such process. */
  constructor(pid: number) {
    this.pid = pid;
    this.#fd = check("pidfd_open", Number(libc.syscall2(SYS_pidfd_open, pid, 0)));
  }

  /** Resolves when the process has ended, or when this handle was closed. */
  async ended(poller: Poller): Promise<void> {
    const watch = poller.watch(this.#fd);
    await watch.readable();
    watch.close();
  }

  /** Sends a signal; false when the process has ended or is another user's. */
  signal(signal: number): boolean {
    return libc.syscall4(SYS_pidfd_send_signal, this.#fd, signal, null, 0) === 0n;
  }

  /** A duplicate of the process's descriptor `fd`, or null (closed, or not permitted). */
  takeDescriptor(fd: number): number | null {
    const taken = Number(libc.syscall3(SYS_pidfd_getfd, this.#fd, fd, 0));
    return taken < 0 ? null : taken;
  }

  /** Whether the kernel lets us take descriptors of this process (same user; Yama may forbid it). */
  mayTakeDescriptors(): boolean {
    return libc.syscall3(SYS_pidfd_getfd, this.#fd, impossibleFd, 0) < 0n && errno() === Errno.EBADF;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc.close(this.#fd);
  }
}

/** The descriptor of process `pid` behind which the socket with this inode is, or null. */
export function findSocketDescriptor(pid: number, inode: bigint): number | null {
  const wanted = `socket:[${inode}]`;
  try {
    for (const entry of Deno.readDirSync(`/proc/${pid}/fd`)) {
      if (linkAt(`/proc/${pid}/fd/${entry.name}`) === wanted) return Number(entry.name);
    }
  } catch {
    // The process has ended, or belongs to another user.
  }
  return null;
}

function linkAt(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null;
  }
}
