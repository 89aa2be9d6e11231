/** A file's metadata from the kernel's `struct statx`. */
import type { Infer } from "../../protocol/schema.ts";
import type { Stat as StatSchema } from "../../protocol/layer/messages.ts";
import type { IdMaps } from "../target/id_map.ts";

export type Stat = Infer<typeof StatSchema>;

const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;

const STATX_BTIME = 0x800;

/** `raw`: 256 bytes of `struct statx`; user and group numbers become the target's. */
export function parseStat(raw: Uint8Array<ArrayBuffer>, ids: IdMaps): Stat {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const u32 = (offset: number) => view.getUint32(offset, true);
  const u64 = (offset: number) => view.getBigUint64(offset, true);
  const time = (offset: number) => ({ seconds: view.getBigInt64(offset, true), nanoseconds: u32(offset + 8) });
  return {
    device: deviceNumber(u32(136), u32(140)),
    inode: u64(32),
    mode: view.getUint16(28, true),
    links: u32(16),
    uid: ids.users.inner(u32(20)),
    gid: ids.groups.inner(u32(24)),
    specialDevice: deviceNumber(u32(128), u32(132)),
    size: u64(40),
    blockSize: u32(4),
    blocks: u64(48),
    accessed: time(64),
    modified: time(112),
    changed: time(96),
    born: (u32(0) & STATX_BTIME) === 0 ? null : time(80),
  };
}

/** The number that stat(2) gives for a device, as the C library puts it together. */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** The file type bits of a mode. */
export function fileType(stat: Stat): number {
  return stat.mode & S_IFMT;
}
