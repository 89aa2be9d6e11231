/**
 * How many threads the calls to each file system may take. Deno has 32 threads for everything that blocks, so that a file
 * system that hangs must not get them all.
 */
import { Slots } from "../system/slots.ts";

/** Types (as in mountinfo) whose answers come from another machine or program. */
const remoteTypes = /^(nfs|nfs4|cifs|smb3|9p|ceph|afs|autofs|fuse|fuseblk|virtiofs|lustre|gpfs|beegfs|glusterfs)(\.|$)/;
const refreshMs = 2_000;
const stuckAfterMs = 500;
/** One remote file system; and all of them together. */
const remoteLimits = { active: 3, stuckAfterMs, total: 3 };
const allRemote = new Slots({ active: 10, stuckAfterMs, total: 10 });
const local = new Slots({ active: 8, stuckAfterMs, total: 12 });

/** The lane of calls that name no path of the target. */
export const localLane = local;

/** The lanes of one target's mounts. */
export class Lanes {
  readonly #pid: number;
  /** Mount points of remote file systems, ending in a slash. */
  #remote = new Map<string, Slots>();
  #readMs = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** By the path as it is written: a link may lead elsewhere, which the limits of the local lane allow for. */
  async laneOf(path: Uint8Array): Promise<Slots> {
    if (performance.now() - this.#readMs > refreshMs) await (this.#reading ??= this.#read());
    if (this.#remote.size === 0) return local;
    const wanted = normalised(String.fromCharCode(...path.subarray(0, 4096)));
    let longest = "";
    for (const point of this.#remote.keys()) {
      if (wanted.startsWith(point) && point.length > longest.length) longest = point;
    }
    return this.#remote.get(longest) ?? local;
  }

  async #read(): Promise<void> {
    const table = await Deno.readTextFile(`/proc/${this.#pid}/mountinfo`).catch(() => "");
    const before = this.#remote;
    this.#remote = new Map(remoteMounts(table).map((point) => [point, before.get(point) ?? remoteLane()]));
    this.#readMs = performance.now();
    this.#reading = null;
  }
}

function remoteLane(): Slots {
  return new Slots(remoteLimits, allRemote);
}

/** The mount points of remote file systems in the text of /proc/PID/mountinfo, each ending in a slash. */
export function remoteMounts(table: string): string[] {
  return table.split("\n").flatMap((line) => {
    const [before, after = ""] = line.split(" - ");
    const point = before.split(" ")[4];
    if (point === undefined || !remoteTypes.test(after.split(" ")[0])) return [];
    // The kernel writes blanks, tabs, newlines and backslashes as three octal digits.
    const path = point.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
    return [path.endsWith("/") ? path : `${path}/`];
  });
}

/** Without dots and double slashes, with a slash at the end. */
function normalised(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.map((name) => `${name}/`).join("")}`;
}
