/** Changes of one open file's metadata or length. */
import type { Infer } from "../../protocol/schema.ts";
import type { Change as ChangeSchema } from "../../protocol/agent/messages.ts";
import { changeMode, changeOwner, removeAttribute, setAttribute, setTimes, truncate } from "../system/changes.ts";
import { EINVAL } from "../system/errno.ts";
import type { OpenFile } from "../system/files.ts";
import type { IdMap, IdMaps } from "../target/id_map.ts";

export type Change = Infer<typeof ChangeSchema>;
type NameKind = "makeDirectory" | "removeDirectory" | "unlink" | "rename" | "link" | "symlink" | "makeNode";
/** What is done to a name in a directory, and what is done to the file itself. */
export type NameChange = Extract<Change, { [Kind in NameKind]: Record<Kind, unknown> }[NameKind]>;
export type FileChange = Exclude<Change, NameChange>;

const fileKinds = new Set(["truncate", "changeMode", "changeOwner", "setTimes", "setAttribute", "removeAttribute"]);
const unchanged = 0xffff_ffff;

export function isFileChange(change: Change): change is FileChange {
  return fileKinds.has(Object.keys(change)[0]);
}

/** 0 or an errno as a negative number; at once, with the credentials of this moment. */
export function changeFile(file: OpenFile, change: FileChange, ids: IdMaps): number {
  if ("truncate" in change) return truncate(file, change.truncate.size);
  if ("changeMode" in change) return changeMode(file, change.changeMode.mode);
  if ("changeOwner" in change) {
    const uid = outer(ids.users, change.changeOwner.uid);
    const gid = outer(ids.groups, change.changeOwner.gid);
    return uid === null || gid === null ? -EINVAL : changeOwner(file, uid, gid);
  }
  if ("setTimes" in change) {
    const { accessed, modified } = change.setTimes;
    const times = [accessed.seconds, BigInt(accessed.nanoseconds), modified.seconds, BigInt(modified.nanoseconds)];
    return setTimes(file, BigInt64Array.from(times));
  }
  if ("setAttribute" in change) {
    const { name, value, flags } = change.setAttribute;
    return setAttribute(file, name, value, flags);
  }
  return removeAttribute(file, change.removeAttribute.name);
}

/** −1 leaves the number as it is. */
function outer(map: IdMap, inner: number): number | null {
  return inner === unchanged ? -1 : map.outer(inner);
}
