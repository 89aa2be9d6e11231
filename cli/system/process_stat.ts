/** What /proc/PID/stat tells of a process (proc(5)). */

export interface ProcessStat {
  /** `R`, `S`, …; `Z` and `X` have ended. */
  state: string;
  /** Device number of the controlling terminal, 0 for none. */
  terminal: number;
  /** The start in clock ticks since boot: tells the process from a later one with the same number. */
  startTicks: number;
}

const latin1 = new TextDecoder("latin1");

/** Null when there is no such process. */
export function readProcessStat(pid: number): ProcessStat | null {
  try {
    return parseProcessStat(latin1.decode(Deno.readFileSync(`/proc/${pid}/stat`)));
  } catch {
    // It has never been, or it ends while it is read (ESRCH).
    return null;
  }
}

/** The second field is the program's name in parentheses, which may hold anything: parentheses, blanks, any byte. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0]!, terminal: Number(fields[4]), startTicks: Number(fields[19]) };
}

/** Whether a thread is about to end by SIGKILL, or by another deadly signal, which the kernel turns into it. */
export function isBeingKilled(thread: number): boolean {
  try {
    const status = Deno.readTextFileSync(`/proc/${thread}/status`);
    return [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)].some(([, pending]) => isKill(pending!));
  } catch {
    return false;
  }
}

/** A set of signals in hexadecimal: the first is the lowest bit. */
function isKill(signals: string): boolean {
  return (BigInt(`0x${signals}`) & (1n << 8n)) !== 0n;
}

/** Whether a thread is one of ours. */
export function isOwnThread(thread: number): boolean {
  try {
    return Deno.lstatSync(`/proc/self/task/${thread}`).isDirectory;
  } catch {
    return false;
  }
}
