/** Sockets of this process in another network namespace. */
import { pathArgument, syscall } from "../../../agent/system/syscall.ts";

const CLONE_NEWNET = 0x40000000;
const AT_FDCWD = -100;

/** Moves this thread into the network of a process, for good. */
export function enterNetwork(pid: number | "thread-self"): void {
  const fd = openNetwork(pid);
  const result = syscall("setns", fd, CLONE_NEWNET);
  syscall("close", fd);
  if (result < 0) throw new Error(`setns into the network of ${pid}: errno ${-result}`);
}

/** Runs `open`, which must not wait for anything, in the network of a process: a socket it makes stays there. */
export function inNetwork<T>(pid: number, open: () => T): T {
  const own = openNetwork("thread-self");
  enterNetwork(pid);
  try {
    return open();
  } finally {
    syscall("setns", own, CLONE_NEWNET);
    syscall("close", own);
  }
}

function openNetwork(pid: number | "thread-self"): number {
  const path = pathArgument(new TextEncoder().encode(`/proc/${pid}/ns/net`))!;
  const fd = syscall("openat", AT_FDCWD, path, 0, 0);
  if (fd < 0) throw new Error(`open the network of ${pid}: errno ${-fd}`);
  return fd;
}
