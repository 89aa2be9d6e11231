/** The processes of a session, found by what every one of them inherits. */
import type { Poller } from "../system/poller.ts";
import { ProcessHandle, SIGKILL, SIGTERM } from "../system/process_handle.ts";
import { readProcessStat } from "../system/process_stat.ts";
import { writeToProgram } from "../system/program_terminal.ts";

/** A program may clean up for so long before it is killed. */
const graceMs = 2000;

/** What is looked for in a process: either is enough, as programs may overwrite their variables, and static ones map nothing. */
export interface SessionMarks {
  /** Stands in the process's variables. */
  variable: string;
  /** The path of a file that layers map. */
  mappedFile: string;
}

/** The pids of all processes of the session, this one excepted. */
export function sessionProcesses(marks: SessionMarks): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    const isOurs = read(`/proc/${pid}/environ`)?.includes(marks.variable) ||
      read(`/proc/${pid}/maps`)?.includes(marks.mappedFile);
    if (isOurs) found.push(pid);
  }
  return found;
}

/** Whether the process may be looked into: else `sessionProcesses` does not find it. */
export function isVisible(pid: number): boolean {
  return read(`/proc/${pid}/environ`) !== null;
}

const latin1 = new TextDecoder("latin1");

function read(path: string): string | null {
  try {
    return latin1.decode(Deno.readFileSync(path));
  } catch {
    return null;
  }
}

/** A handle on a process, or null when it has ended. `startTicks`: a process that has taken over the pid is another. */
export function openProcess(pid: number, startTicks?: number): ProcessHandle | null {
  try {
    const handle = new ProcessHandle(pid);
    if (startTicks === undefined || readProcessStat(pid)?.startTicks === startTicks) return handle;
    handle.close();
  } catch {
    // There is none.
  }
  return null;
}

/** Tells the user why, where the first of the processes writes its errors, and ends them all. */
export async function endProcesses(pids: number[], reason: string, poller: Poller): Promise<void> {
  const handles = pids.map((pid) => openProcess(pid)).filter((handle) => handle !== null);
  writeToProgram(pids, `mirrord: ${reason}\n`);
  for (const handle of handles) handle.signal(SIGTERM);
  let timer;
  const grace = new Promise((resolve) => timer = setTimeout(resolve, graceMs));
  await Promise.race([grace, Promise.all(handles.map((handle) => handle.ended(poller)))]);
  clearTimeout(timer);
  for (const handle of handles) {
    handle.signal(SIGKILL);
    handle.close();
  }
}
