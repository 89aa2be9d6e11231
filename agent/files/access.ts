/** Whether the target itself may use a file, as access(2) would tell it. */
import { type Credentials, runAs } from "../system/credentials.ts";
import { EACCES, EINVAL } from "../system/errno.ts";
import { O_PATH, type OpenFile } from "../system/files.ts";
import type { Target } from "../target/target.ts";
import { mayHang, parseFilesystem } from "./filesystem.ts";
import type { Root } from "./root.ts";
import { fileType, parseStat, S_IFDIR, type Stat } from "./stat.ts";

const R_OK = 4, W_OK = 2, X_OK = 1;
const CAP_DAC_OVERRIDE = 1n << 1n;
const CAP_DAC_READ_SEARCH = 1n << 2n;

/** 0 or an errno. `effectiveIds`: ask for the effective instead of the real user (`AT_EACCESS`). */
export async function access(target: Target, path: Uint8Array, mode: number, effectiveIds: boolean): Promise<number> {
  if ((mode & ~(R_OK | W_OK | X_OK)) !== 0) return EINVAL;
  const root = await target.root();
  const who = await target.credentials(effectiveIds);
  const file = await root.open(path, O_PATH);
  if (typeof file !== "number") {
    const decided = await decideElsewhere(root, file, who, mode).finally(() => file.close());
    if (decided !== null) return decided;
  }
  // The walk above has shown that nothing on the way hangs; the kernel then decides, each directory on the way included.
  return -runAs(who, () => root.accessNow(path, mode));
}

/** On file systems that may hang, permission bits decide: our thread must not wait for them. Null: the kernel can tell. */
async function decideElsewhere(root: Root, file: OpenFile, who: Credentials, mode: number): Promise<number | null> {
  const filesystem = await file.filesystem();
  if (typeof filesystem === "number") return -filesystem;
  if (!mayHang(parseFilesystem(filesystem))) return null;
  const raw = await file.stat();
  if (typeof raw === "number") return -raw;
  return permits(parseStat(raw, root.ids), inner(who, root), mode) ? 0 : EACCES;
}

function inner(who: Credentials, root: Root): Credentials {
  const { users, groups } = root.ids;
  return {
    ...who,
    uid: users.inner(who.uid),
    gid: groups.inner(who.gid),
    groups: who.groups.map((group) => groups.inner(group)),
  };
}

/** The rule of path_resolution(7) for one file; all numbers are the target's. */
export function permits(stat: Stat, who: Credentials, mode: number): boolean {
  const isOwner = who.uid === stat.uid;
  const isGroup = who.gid === stat.gid || who.groups.includes(stat.gid);
  const bits = (stat.mode >> (isOwner ? 6 : isGroup ? 3 : 0)) & 7;
  if ((bits & mode) === mode) return true;
  const isDirectory = fileType(stat) === S_IFDIR;
  const isExecutable = isDirectory || (stat.mode & 0o111) !== 0;
  if (has(who, CAP_DAC_OVERRIDE) && ((mode & X_OK) === 0 || isExecutable)) return true;
  return has(who, CAP_DAC_READ_SEARCH) && (mode & ~(isDirectory ? R_OK | X_OK : R_OK)) === 0;
}

function has(who: Credentials, capability: bigint): boolean {
  return (who.capabilities & capability) !== 0n;
}
