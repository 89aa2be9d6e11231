/** Opening a path of the target for reading. */
import { EEXIST, EISDIR, ELOOP, ENOENT, ENOTDIR, ENXIO, EOPNOTSUPP, EPERM, EROFS } from "../system/errno.ts";
import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_TRUNC,
  type OpenFile,
} from "../system/files.ts";
import { type Entry, listDirectory } from "./directory.ts";
import type { Root } from "./root.ts";
import {
  deviceNumber,
  fileType,
  parseStat,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFSOCK,
  type Stat,
} from "./stat.ts";

/** `file`: the caller reads and closes it; `isPipe`: reading it may have to wait. `failed`: an errno. */
export type Opened =
  | { failed: number }
  | { file: { root: Root; file: OpenFile; stat: Stat; isPipe: boolean } }
  | { directory: { stat: Stat; path: Uint8Array; entries: Entry[] } };

/**
 * Devices that only compute: null, zero, full, random, urandom. Others would be opened with the agent's rights, not with
 * those of the target's device group, and the mere opening of some has effects.
 */
const harmlessDevices = new Set([3, 5, 7, 8, 9].map((minor) => deviceNumber(1, minor)));

/** `flags`: those of open(2). What would change something is refused with `EROFS`. */
export async function openForReading(root: Root, path: Uint8Array, flags: number): Promise<Opened> {
  // Looking first has no effect on anything, whatever the path leads to.
  const handle = await root.open(path, O_PATH | (flags & O_NOFOLLOW));
  if (handle === -ENOENT && (flags & O_CREAT) !== 0) return { failed: EROFS };
  if (typeof handle === "number") return { failed: -handle };
  try {
    const raw = await handle.stat();
    if (typeof raw === "number") return { failed: -raw };
    const stat = parseStat(raw, root.ids);
    const refusal = refusalOf(stat, flags);
    if (refusal !== 0) return { failed: refusal };
    if (fileType(stat) === S_IFDIR && (flags & O_PATH) !== 0) return await openedDirectory(handle, stat, root, []);
    const file = await handle.reopen(O_RDONLY | O_NONBLOCK);
    if (typeof file === "number") return { failed: -file };
    if (fileType(stat) !== S_IFDIR) {
      return { file: { root, file, stat, isPipe: fileType(stat) === S_IFIFO } };
    }
    const entries = await listDirectory(file, root.ids).finally(() => file.close());
    return await openedDirectory(handle, stat, root, entries);
  } finally {
    handle.close();
  }
}

/** Opens a directory, and nothing else, for its names. */
export function openDirectory(root: Root, path: Uint8Array): Promise<Opened> {
  return openForReading(root, path, O_RDONLY | O_DIRECTORY);
}

async function openedDirectory(
  directory: OpenFile,
  stat: Stat,
  root: Root,
  entries: Entry[] | number,
): Promise<Opened> {
  const path = await root.nameOf(directory);
  if (typeof path === "number") return { failed: -path };
  return typeof entries === "number" ? { failed: -entries } : { directory: { stat, path, entries } };
}

function refusalOf(stat: Stat, flags: number): number {
  const type = fileType(stat);
  const writes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
  if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) return EEXIST;
  if (type === S_IFLNK) return refusalOfLink(flags);
  if (type === S_IFDIR) return writes || (flags & O_CREAT) !== 0 ? EISDIR : 0;
  if ((flags & O_DIRECTORY) !== 0) return ENOTDIR;
  if (type === S_IFSOCK) return ENXIO;
  if (type === S_IFBLK || (type === S_IFCHR && !harmlessDevices.has(stat.specialDevice))) return EPERM;
  return writes ? EROFS : 0;
}

/** `O_NOFOLLOW` was given. */
function refusalOfLink(flags: number): number {
  if ((flags & O_DIRECTORY) !== 0) return ENOTDIR;
  // With EOPNOTSUPP the C library knows that it can't change the mode of a link.
  return (flags & O_PATH) !== 0 ? EOPNOTSUPP : ELOOP;
}
