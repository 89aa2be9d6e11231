/**
 * How many threads the calls to each file system may take. Deno has 32 threads for everything that blocks, so that a file
 * system that hangs must not get them all.
 */
import type { Lane } from "../system/files.ts";
import { Slots } from "../system/slots.ts";

/** Types (as in mountinfo) whose answers come from another machine or program. */
const remoteTypes = /^(nfs|nfs4|cifs|smb3|9p|ceph|afs|autofs|fuse|fuseblk|virtiofs|lustre|gpfs|beegfs|glusterfs)(\.|$)/;
const refreshMs = 2_000;
const stuckAfterMs = 500;
/** One remote file system; and all of them together. */
const remoteLimits = { active: 3, stuckAfterMs, total: 3 };
const allRemote = new Slots({ active: 10, stuckAfterMs, total: 10 });
const local = new Slots({ active: 8, stuckAfterMs, total: 12 });

/** The lane of calls on files that belong to no target. */
export const localLane: Lane = { slots: local, isLocal: () => false };

/** The lanes of one target's mounts. */
export class Lanes {
  readonly #pid: number;
  /** Mount points of remote file systems, ending in a slash. */
  #remote = new Map<string, Slots>();
  #localIds = new Set<number>();
  #readMs = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** By the path as it is written: a link may lead elsewhere, which the limits of the local lane allow for. */
  async laneOf(path: Uint8Array): Promise<Lane> {
    if (performance.now() - this.#readMs > refreshMs) await (this.#reading ??= this.#read());
    return { slots: this.#slotsFor(path), isLocal: (mountId) => this.#localIds.has(mountId) };
  }

  /** Whether neither `directory` nor anything beneath it lies on another machine's file system. Both as written. */
  async isLocalBeneath(directory: Uint8Array): Promise<boolean> {
    const { slots } = await this.laneOf(directory);
    const wanted = normalisedBytes(directory);
    return slots === local && ![...this.#remote.keys()].some((point) => point.startsWith(wanted));
  }

  #slotsFor(path: Uint8Array): Slots {
    if (this.#remote.size === 0) return local;
    const wanted = normalisedBytes(path);
    let longest = "";
    for (const point of this.#remote.keys()) {
      if (wanted.startsWith(point) && point.length > longest.length) longest = point;
    }
    return this.#remote.get(longest) ?? local;
  }

  async #read(): Promise<void> {
    const table = await Deno.readTextFile(`/proc/${this.#pid}/mountinfo`).catch(() => "");
    const mounts = parseMounts(table);
    const before = this.#remote;
    const remote = mounts.filter((mount) => mount.isRemote);
    this.#remote = new Map(remote.map(({ point }) => [point, before.get(point) ?? new Slots(remoteLimits, allRemote)]));
    this.#localIds = new Set(mounts.filter((mount) => !mount.isRemote).map(({ id }) => id));
    this.#readMs = performance.now();
    this.#reading = null;
  }
}

/** `point`: where it is mounted, with a slash at the end. `isRemote`: its file system may hang. */
export interface Mount {
  id: number;
  point: string;
  isRemote: boolean;
}

/** The text of /proc/PID/mountinfo. */
export function parseMounts(table: string): Mount[] {
  return table.split("\n").flatMap((line) => {
    const [before, after = ""] = line.split(" - ");
    const [id, , , , point] = before.split(" ");
    if (point === undefined) return [];
    // The kernel writes blanks, tabs, newlines and backslashes as three octal digits.
    const path = point.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
    const isRemote = remoteTypes.test(after.split(" ")[0]);
    return [{ id: Number(id), point: path.endsWith("/") ? path : `${path}/`, isRemote }];
  });
}

function normalisedBytes(path: Uint8Array): string {
  return normalised(String.fromCharCode(...path.subarray(0, 4096)));
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
