/** Writing to the standard error, or the terminal, of a process that is not ours. */
import { cString, libc } from "./libc.ts";
import { readProcessStat } from "./process_stat.ts";

const AT_FDCWD = -100;
/** Never waits, never makes a terminal ours, and appends where it is a file. */
const O_FLAGS = 0o1 | 0o2000 | 0o4000 | 0o400 | 0o2000000;
const unixTerminals = { firstMajor: 136, lastMajor: 143, minorsEach: 256 } as const;

/** A supervisor stands between the user and a program, and has no standard error of its own. */
const supervisorName = "mirrord-supervisor";

/** Writes `text` where the user sees what the first of the processes says that says anything. False without such a place. */
export function writeToProgram(pids: number[], text: string): boolean {
  return pids.some((pid) => !isSupervisor(pid) && writeTo(`/proc/${pid}/fd/2`, text)) ||
    pids.some((pid) => writeTo(terminalOf(pid), text));
}

function isSupervisor(pid: number): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/exe`).endsWith(`/${supervisorName}`);
  } catch {
    return false;
  }
}

function writeTo(path: string | null, text: string): boolean {
  if (path === null) return false;
  const fd = libc.openat(AT_FDCWD, cString(path), O_FLAGS, 0);
  if (fd < 0) return false;
  const bytes = new TextEncoder().encode(text);
  const written = libc.write(fd, bytes, BigInt(bytes.length));
  libc.close(fd);
  return written === bytes.length;
}

/** The controlling terminal, if it is a pseudo-terminal. */
function terminalOf(pid: number): string | null {
  const device = readProcessStat(pid)?.terminal ?? 0;
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  const { firstMajor, lastMajor, minorsEach } = unixTerminals;
  if (major < firstMajor || major > lastMajor) return null;
  return `/dev/pts/${(major - firstMajor) * minorsEach + minor}`;
}
