/** Symbolic links, and the names behind them. */
import { EINVAL } from "../system/errno.ts";
import { O_NOFOLLOW, O_PATH, type OpenFile } from "../system/files.ts";
import type { Root } from "./root.ts";
import { fileType, parseStat, S_IFLNK } from "./stat.ts";

/** The text of a symbolic link, or an errno as a negative number. */
export async function readLink(root: Root, path: Uint8Array): Promise<Uint8Array | number> {
  return await withHandle(root, path, O_PATH | O_NOFOLLOW, async (file) => {
    const raw = await file.stat();
    if (typeof raw === "number") return raw;
    return fileType(parseStat(raw, root.ids)) === S_IFLNK ? await file.link() : -EINVAL;
  });
}

/** The absolute path without links and dots, as the target knows it, or an errno as a negative number. */
export async function realPath(root: Root, path: Uint8Array): Promise<Uint8Array | number> {
  return await withHandle(root, path, O_PATH, (file) => root.nameOf(file));
}

/** Opens a path only to ask something about it. */
export async function withHandle<T>(
  root: Root,
  path: Uint8Array,
  flags: number,
  ask: (file: OpenFile) => Promise<T | number>,
): Promise<T | number> {
  const file = await root.open(path, flags);
  if (typeof file === "number") return file;
  try {
    return await ask(file);
  } finally {
    file.close();
  }
}
