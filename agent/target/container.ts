/** Which container a process belongs to, by its control group; and the first process of a container. */
import { readProcessStatus } from "./process_status.ts";

/** As a whole name (docker) or within a systemd scope such as `cri-containerd-ID.scope`; more may be below it. */
const containerId = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/** The id of the container that a process of this /proc/PID/cgroup is in, the innermost; null for none. */
export function containerIdIn(cgroup: string): string | null {
  for (const line of cgroup.split("\n")) {
    const id = line.match(containerId)?.at(-1);
    if (id !== undefined && !isMonitor(line, id)) return id;
  }
  return null;
}

/** podman and CRI-O watch a container from a control group that bears its id too. */
function isMonitor(line: string, id: string): boolean {
  return line.includes(`conmon-${id}`);
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
export async function findContainerProcess(id: string): Promise<number | null> {
  const members: number[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const pid = Number(entry.name);
    const cgroup = await Deno.readTextFile(`/proc/${pid}/cgroup`).catch(() => "");
    if (cgroup.includes(id) && !isMonitor(cgroup, id)) members.push(pid);
  }
  members.sort((a, b) => a - b);
  for (const pid of members) {
    const status = await readProcessStatus(pid).catch(() => null);
    if (status?.innerPid === 1) return pid;
  }
  return members[0] ?? null;
}
