/** The names in a directory. */
import { maximumReplyBytes } from "../../protocol/limits.ts";
import type { IdMaps } from "../target/id_map.ts";
import { EOVERFLOW } from "../system/errno.ts";
import type { OpenFile } from "../system/files.ts";
import { parseStat } from "./stat.ts";

/** `type`: a `DT_` value of readdir(3). */
export interface Entry {
  name: Uint8Array;
  type: number;
  inode: bigint;
}

const BUFFER_BYTES = 64 * 1024;
/** What all names of one directory may take in the answer, which is one message; the rest of it is small. */
const listingBytesMax = maximumReplyBytes - 1024;
/** An entry without its name: length of the name, type, inode. */
const ENTRY_BYTES = 4 + 1 + 8;
/** Offsets in `struct linux_dirent64`. */
const LENGTH_OFFSET = 16, TYPE_OFFSET = 18, NAME_OFFSET = 19;
const DT_UNKNOWN = 0;

/** Everything but `.` and `..`, or an errno as a negative number. */
export async function listDirectory(directory: OpenFile, ids: IdMaps): Promise<Entry[] | number> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const entries: Entry[] = [];
  for (let total = 0;;) {
    const length = await directory.entries(buffer);
    if (length < 0) return length;
    if (length === 0) return entries;
    for (const entry of parseEntries(buffer.subarray(0, length))) {
      total += ENTRY_BYTES + entry.name.length;
      if (total > listingBytesMax) return -EOVERFLOW;
      entries.push(entry.type === DT_UNKNOWN ? await withType(directory, entry, ids) : entry);
    }
  }
}

/** The records that getdents64(2) gave, without `.` and `..`. */
export function parseEntries(records: Uint8Array): Entry[] {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const entries: Entry[] = [];
  for (let start = 0; start < records.length;) {
    const end = start + view.getUint16(start + LENGTH_OFFSET, true);
    const name = records.slice(start + NAME_OFFSET, records.indexOf(0, start + NAME_OFFSET));
    const entry = { name, type: view.getUint8(start + TYPE_OFFSET), inode: view.getBigUint64(start, true) };
    if (!isDots(name)) entries.push(entry);
    start = end;
  }
  return entries;
}

/** Some file systems leave the type to a stat of each name. */
async function withType(directory: OpenFile, entry: Entry, ids: IdMaps): Promise<Entry> {
  const raw = await directory.statEntry(entry.name);
  return typeof raw === "number" ? entry : { ...entry, type: parseStat(raw, ids).mode >> 12 };
}

function isDots(name: Uint8Array): boolean {
  return name.length > 0 && name.length <= 2 && name.every((byte) => byte === 0x2e);
}
