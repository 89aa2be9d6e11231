/** Other processes: their end, and the host name they live under. */
import { readiness } from "./readiness.ts";
import { pathArgument, syscall } from "./syscall.ts";
import { SystemError } from "./system_error.ts";

const AT_FDCWD = -100;
const O_CLOEXEC = 0o2000000;
const CLONE_NEWUTS = 0x04000000;
/** `struct utsname`: six fields of 65 bytes; the second is the host name. */
const UTSNAME_FIELD = 65;
const UTSNAME_BYTES = 6 * UTSNAME_FIELD;

/** Someone else's life, watched without asking again and again. */
export class ProcessWatch {
  readonly #fd: number;
  /** Resolves when the process has ended, and when the watch is closed. */
  readonly ended: Promise<void>;

  /** Throws `SystemError` when there is no such process. */
  constructor(pid: number) {
    this.#fd = syscall("pidfd_open", pid, 0);
    if (this.#fd < 0) throw new SystemError(`watch process ${pid}`, -this.#fd);
    this.ended = readiness.readable(this.#fd).then(() => {
      readiness.forget(this.#fd);
      syscall("close", this.#fd);
    });
  }

  close(): void {
    readiness.forget(this.#fd);
  }
}

/** The host name that a process sees; null when we may not enter its UTS namespace. */
export function hostnameOf(pid: number): Uint8Array | null {
  const own = openNamespace("/proc/thread-self/ns/uts");
  const theirs = openNamespace(`/proc/${pid}/ns/uts`);
  try {
    if (own < 0 || theirs < 0) return null;
    // Namespaces belong to a thread: nothing else runs between these two calls, so nothing else sees the change.
    if (syscall("setns", theirs, CLONE_NEWUTS) < 0) return null;
    const name = ownHostname();
    syscall("setns", own, CLONE_NEWUTS);
    return name;
  } finally {
    for (const fd of [own, theirs]) if (fd >= 0) syscall("close", fd);
  }
}

/** The host name of this process. */
export function ownHostname(): Uint8Array {
  const names = new Uint8Array(UTSNAME_BYTES);
  syscall("uname", names);
  const field = names.subarray(UTSNAME_FIELD, 2 * UTSNAME_FIELD);
  return field.slice(0, field.indexOf(0));
}

function openNamespace(path: string): number {
  return syscall("openat", AT_FDCWD, pathArgument(new TextEncoder().encode(path))!, O_CLOEXEC, 0);
}
