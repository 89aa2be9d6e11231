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
