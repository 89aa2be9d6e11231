/** Whether this process is below the supervisor of a session, also when its variables were cleared. */

/** A process's name, as the kernel keeps it: 15 bytes. */
const supervisorName = "mirrord-supervisor".slice(0, 15);

/** Walks up the tree of processes, where a filter for system calls is in force here. */
export function isSupervised(): boolean {
  try {
    if (!/^Seccomp:\s+2$/m.test(Deno.readTextFileSync("/proc/self/status"))) return false;
    for (let pid = Deno.ppid; pid > 1;) {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      if (/^Name:\s+(.*)$/m.exec(status)?.[1] === supervisorName) return true;
      pid = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
    }
  } catch {
    // An ancestor has ended meanwhile, or is hidden.
  }
  return false;
}
