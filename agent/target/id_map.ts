/**
 * User and group numbers as the target sees them. When it lives in a user namespace that we look at from outside, the
 * kernel tells us the outer numbers.
 */

/** A run of numbers: `inner` … of the target are `outer` … of ours. */
interface Range {
  inner: number;
  outer: number;
  count: number;
}

/** What the kernel shows for a number that has no name in a namespace. */
const OVERFLOW_ID = 65534;

export class IdMap {
  readonly #ranges: Range[];

  /** `map`: the text of /proc/PID/uid_map or gid_map, as this process reads it. */
  constructor(map: string) {
    this.#ranges = map.split("\n").filter((line) => line.trim() !== "").map((line) => {
      const [inner, outer, count] = line.trim().split(/\s+/).map(Number);
      return { inner, outer, count };
    });
  }

  /** The target's number for one of ours. */
  inner(outer: number): number {
    const range = this.#ranges.find((range) => outer >= range.outer && outer < range.outer + range.count);
    return range === undefined ? OVERFLOW_ID : outer - range.outer + range.inner;
  }

  /** Our number for one of the target's; null when it has none. */
  outer(inner: number): number | null {
    const range = this.#ranges.find((range) => inner >= range.inner && inner < range.inner + range.count);
    return range === undefined ? null : inner - range.inner + range.outer;
  }
}

export interface IdMaps {
  users: IdMap;
  groups: IdMap;
}

/** Throws Deno's errors when the process is gone or hidden. */
export async function readIdMaps(pid: number): Promise<IdMaps> {
  const [users, groups] = await Promise.all(
    ["uid_map", "gid_map"].map(async (name) => new IdMap(await Deno.readTextFile(`/proc/${pid}/${name}`))),
  );
  return { users, groups };
}
