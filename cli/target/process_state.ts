/** What /proc tells about a process of this machine. */
import { readProcessStat } from "../system/process_stat.ts";

export interface ProcessState {
  /** Its start in clock ticks since boot: tells it from a later process with the same number. */
  startTicks: number;
  isZombie: boolean;
  /** Its real user. */
  uid: number;
  /** Whether we may see, and so probably join, its namespaces. */
  namespacesReadable: boolean;
}

/** Null when there is no such process. */
export function processState(pid: number): ProcessState | null {
  const stat = readProcessStat(pid);
  const uid = uidOf(pid);
  if (stat === null || uid === null) return null;
  return {
    startTicks: stat.startTicks,
    isZombie: stat.state === "Z" || stat.state === "X",
    uid,
    namespacesReadable: readsLink(`/proc/${pid}/ns/net`),
  };
}

function uidOf(pid: number): number | null {
  try {
    return Deno.statSync(`/proc/${pid}`).uid;
  } catch {
    return null;
  }
}

function readsLink(path: string): boolean {
  try {
    Deno.readLinkSync(path);
    return true;
  } catch {
    return false;
  }
}
