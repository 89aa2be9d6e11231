/** A process held by a pidfd: its number cannot come to mean another one. */
import { Errno } from "./errno.ts";
import { check, errno, libc } from "./libc.ts";
import type { Poller } from "./poller.ts";

const SYS_pidfd_send_signal = 424n;
const SYS_pidfd_open = 434n;
const SYS_pidfd_getfd = 438n;

/** No process has it: tells a missing right from a missing descriptor. */
const impossibleFd = 0x7fffffff;

/** Where a socket is looked for at most. */
const processesMax = 64;

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

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc.close(this.#fd);
  }
}

/** Whether the kernel lets us take descriptors of this process: it is of the same user, and Yama does not mind. */
export function mayTakeDescriptors(pid: number): boolean {
  const handle = Number(libc.syscall2(SYS_pidfd_open, pid, 0));
  if (handle < 0) return false;
  const isAllowed = libc.syscall3(SYS_pidfd_getfd, handle, impossibleFd, 0) < 0n && errno() === Errno.EBADF;
  libc.close(handle);
  return isAllowed;
}

/** A descriptor, of process `pid` or of one that it has started, behind which the socket with this inode is. */
export function findSocketDescriptor(pid: number, inode: bigint): { pid: number; fd: number } | null {
  const wanted = `socket:[${inode}]`;
  for (const candidate of withDescendants(pid)) {
    const fd = findDescriptor(candidate, wanted);
    if (fd !== null) return { pid: candidate, fd };
  }
  return null;
}

function findDescriptor(pid: number, wanted: string): number | null {
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      if (linkAt(`/proc/${pid}/fd/${name}`) === wanted) return Number(name);
    }
  } catch {
    // The process has ended, or belongs to another user.
  }
  return null;
}

/** Nearest first, and not endlessly many. */
function withDescendants(pid: number): number[] {
  const found = [pid];
  for (let index = 0; index < found.length && found.length < processesMax; index++) {
    found.push(...childrenOf(found[index]!));
  }
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)];
    const lists = threads.map(({ name }) => Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`));
    return lists.join(" ").split(" ").filter((word) => word !== "").map(Number);
  } catch {
    return [];
  }
}

function linkAt(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null;
  }
}
