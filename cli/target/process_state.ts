/** What /proc tells about a process of this machine. */

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
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The second field is the program's name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      startTicks: Number(fields[19]),
      isZombie: fields[0] === "Z" || fields[0] === "X",
      uid: Deno.statSync(`/proc/${pid}`).uid ?? 0,
      namespacesReadable: readsLink(`/proc/${pid}/ns/net`),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isNoSuchProcess(error)) return null;
    throw error;
  }
}

/** Reading a file of a process that ends meanwhile fails with ESRCH. */
function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}

function readsLink(path: string): boolean {
  try {
    Deno.readLinkSync(path);
    return true;
  } catch {
    return false;
  }
}
