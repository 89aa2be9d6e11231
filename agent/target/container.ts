/** Which container a process belongs to, by its control group; and the first process of a container. */
import { readProcessStatus } from "./process_status.ts";

/** The id at the end of a cgroup path: plain (docker), or within a systemd scope such as `cri-containerd-ID.scope`. */
const containerIdAtEnd = /([0-9a-f]{64})(?:\.scope)?$/;

/** The id of the container that a process of this /proc/PID/cgroup is in; null for none. */
export function containerIdIn(cgroup: string): string | null {
  for (const line of cgroup.split("\n")) {
    const match = containerIdAtEnd.exec(line.trim());
    if (match) return match[1];
  }
  return null;
}

/** The container of a process; null when there is none or the process is gone. */
export async function containerIdOf(pid: number): Promise<string | null> {
  const cgroup = await Deno.readTextFile(`/proc/${pid}/cgroup`).catch(() => "");
  return containerIdIn(cgroup);
}

/**
 * The process that a container began with: the one with number 1 in its own pid namespace, else the lowest number.
 * Null when no process of it is to be seen.
 */
export async function findContainerProcess(containerId: string): Promise<number | null> {
  const members: number[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const pid = Number(entry.name);
    const cgroup = await Deno.readTextFile(`/proc/${pid}/cgroup`).catch(() => "");
    if (cgroup.includes(containerId)) members.push(pid);
  }
  members.sort((a, b) => a - b);
  for (const pid of members) {
    const status = await readProcessStatus(pid).catch(() => null);
    if (status?.innerPid === 1) return pid;
  }
  return members[0] ?? null;
}
