/** Changes of the target's files by path, with the rights of the target. Errors are errno values in the answer. */
import type { Body, Reply } from "../client.ts";
import { type Credentials, runAs } from "../system/credentials.ts";
import { type Entry, link, makeDirectory, makeNode, remove, rename, symlink } from "../system/changes.ts";
import { EINVAL, errnoOf, ESTALE } from "../system/errno.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, type OpenFile } from "../system/files.ts";
import type { Target } from "../target/target.ts";
import { changeFile, type FileChange, isFileChange, type NameChange } from "./file_change.ts";
import type { Root } from "./root.ts";
import { parseStat, type Stat } from "./stat.ts";

type Request = Body<"change">;

export async function answerChange(target: Target, request: Request): Promise<Reply<"change">> {
  try {
    const [root, who] = await Promise.all([target.root(), target.credentials(true)]);
    const { path, change } = request;
    if ("truncate" in change && change.truncate.size < 0n) return failed(-EINVAL);
    if ("link" in change) return await makeLink(root, who, path, change.link);
    if (isFileChange(change)) return await changeAtPath(root, who, { ...request, change });
    return await changeNames(root, who, path, change);
  } catch (error) {
    return { errno: errnoOf(error), stat: null };
  }
}

type Changed = Reply<"change">;
const failed = (negative: number): Changed => ({ errno: -negative, stat: null });

async function changeAtPath(root: Root, who: Credentials, request: Request & { change: FileChange }): Promise<Changed> {
  const { path, change, expected } = request;
  const [body] = Object.values(change) as { followLinks?: boolean }[];
  const flags = O_PATH | (body.followLinks === false ? O_NOFOLLOW : 0);
  const file = await walked(root, path, flags, (open) => runAs(who, () => open(flags)));
  if (typeof file === "number") return failed(file);
  try {
    const before = await statOf(file, root);
    const isOther = expected !== null &&
      (before === null || before.device !== expected.device || before.inode !== expected.inode);
    if (isOther) return failed(-ESTALE);
    const errno = -runAs(who, () => changeFile(file, change, root.ids));
    return { errno, stat: errno === 0 ? await statOf(file, root) : null };
  } finally {
    file.close();
  }
}

async function changeNames(
  root: Root,
  who: Credentials,
  path: Uint8Array,
  change: Exclude<NameChange, { link: unknown }>,
): Promise<Changed> {
  const at = await parentOf(root, who, path);
  if (typeof at === "number") return failed(at);
  try {
    if ("unlink" in change) return await following(root, path, () => runAs(who, () => remove(at, false)));
    if ("removeDirectory" in change) return failed(runAs(who, () => remove(at, true)));
    if ("makeDirectory" in change) return failed(runAs(who, () => makeDirectory(at, change.makeDirectory.mode)));
    if ("symlink" in change) return failed(runAs(who, () => symlink(at, change.symlink.text)));
    if ("rename" in change) return await moveTo(root, who, at, change.rename);
    const { mode, device } = change.makeNode;
    return failed(runAs(who, () => makeNode(at, mode, device)));
  } finally {
    at.directory.close();
  }
}

async function moveTo(
  root: Root,
  who: Credentials,
  from: Entry,
  { to: path, flags }: { to: Uint8Array; flags: number },
): Promise<Changed> {
  const to = await parentOf(root, who, path);
  if (typeof to === "number") return failed(to);
  try {
    return await following(root, path, () => runAs(who, () => rename(from, to, flags)));
  } finally {
    to.directory.close();
  }
}

async function makeLink(
  root: Root,
  who: Credentials,
  from: Uint8Array,
  { to: path, followLinks }: { to: Uint8Array; followLinks: boolean },
): Promise<Changed> {
  const flags = O_PATH | (followLinks ? 0 : O_NOFOLLOW);
  const file = await walked(root, from, flags, (open) => runAs(who, () => open(flags)));
  if (typeof file === "number") return failed(file);
  try {
    const to = await parentOf(root, who, path);
    if (typeof to === "number") return failed(to);
    const errno = -runAs(who, () => link(file, to));
    to.directory.close();
    return { errno, stat: errno === 0 ? await statOf(file, root) : null };
  } finally {
    file.close();
  }
}

/** Removes (or replaces) what `path` names by `change`, and tells what it is then: programs may have it open. */
async function following(root: Root, path: Uint8Array, change: () => number): Promise<Changed> {
  const file = await root.open(path, O_PATH | O_NOFOLLOW);
  const errno = -change();
  if (typeof file === "number") return { errno, stat: null };
  const stat = errno === 0 ? await statOf(file, root) : null;
  file.close();
  return { errno, stat };
}

/** The directory that the last name of `path` is in, if the target may go there. */
async function parentOf(root: Root, who: Credentials, path: Uint8Array): Promise<Entry | number> {
  const { parent, name } = split(path);
  const flags = O_PATH | O_DIRECTORY;
  const directory = await walked(root, parent, flags, (open) => runAs(who, () => open(flags)));
  return typeof directory === "number" ? directory : { directory, name };
}

/** Walks once without the target's rights, which may wait; then `open` does it with them, and nothing hangs. */
async function walked(
  root: Root,
  path: Uint8Array,
  flags: number,
  open: (open: (flags: number, mode?: number) => OpenFile | number) => OpenFile | number,
): Promise<OpenFile | number> {
  const seen = await root.open(path, flags);
  if (typeof seen === "number") return seen;
  const errno = await seen.answers();
  seen.close();
  if (errno < 0) return errno;
  return open(await root.openNow(path));
}

const slash = 0x2f;

/** `name` keeps the slashes behind it: they say that it must be a directory. */
function split(path: Uint8Array): { parent: Uint8Array; name: Uint8Array } {
  let end = path.length;
  while (end > 0 && path[end - 1] === slash) end--;
  const start = path.lastIndexOf(slash, end - 1) + 1;
  if (end === 0) return { parent: Uint8Array.of(slash), name: new TextEncoder().encode(path.length === 0 ? "" : ".") };
  return { parent: start === 0 ? Uint8Array.of(slash) : path.subarray(0, start), name: path.subarray(start) };
}

export async function statOf(file: OpenFile, root: Root): Promise<Stat | null> {
  const raw = await file.stat();
  return typeof raw === "number" ? null : parseStat(raw, root.ids);
}
