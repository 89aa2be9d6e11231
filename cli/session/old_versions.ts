/**
 * What earlier versions of mirrord have left: each build unpacks itself once, 100 MB, into a folder beside those of the
 * others (`layer/launcher/payload.zig`, `compiled_parts.ts`). A session's end removes what nobody needs any more.
 */

const dayMs = 24 * 60 * 60_000;
/** A version that was not started for so long is not needed any more; if it is, it unpacks itself again. */
const unusedMs = 14 * dayMs;
/** With many updates only so many are kept, the last used ones, and what was used today: it may be starting right now. */
const keptVersions = 5;
/** `PARENT/HASH`: the parents are those of `cacheFolders` in `compiled_parts.ts`. Anything else was not unpacked by us. */
const unpackedFolder = /^(.*\/mirrord(?:-cache-\d+)?)\/([0-9a-f]{16})$/;

/** Marks `home`, the folder of the running version, as used, and removes the others' that are neither used nor recent. */
export function removeOldVersions(home: string, nowMs = Date.now()): void {
  const [, parent, own] = unpackedFolder.exec(home) ?? [];
  if (parent === undefined) return;
  Deno.utimeSync(home, new Date(nowMs), new Date(nowMs));
  const running = runningFolders();
  versionsIn(parent)
    .filter(({ name }) => name !== own)
    .sort((one, other) => other.usedMs - one.usedMs)
    .filter(({ usedMs }, place) => nowMs - usedMs > (place < keptVersions - 1 ? unusedMs : dayMs))
    .map(({ name }) => `${parent}/${name}`)
    .filter((folder) => !running.has(folder))
    .forEach((folder) => Deno.removeSync(folder, { recursive: true }));
}

function versionsIn(parent: string): { name: string; usedMs: number }[] {
  return [...Deno.readDirSync(parent)]
    .filter(({ name }) => unpackedFolder.test(`${parent}/${name}`))
    .map(({ name }) => ({ name, usedMs: Deno.statSync(`${parent}/${name}`).mtime?.getTime() ?? 0 }));
}

/** Folders of the executables that run: every session has a guardian, which lies in its version's folder. */
function runningFolders(): Set<string> {
  const pids = [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => /^\d+$/.test(name));
  return new Set(pids.map((pid) => linkTarget(`/proc/${pid}/exe`).replace(/\/[^/]*$/, "")));
}

/** Empty for a process that has ended, or is another user's. */
function linkTarget(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}
