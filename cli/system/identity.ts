/** What the kernel tells of an open file. */
import { check, libc } from "./libc.ts";

const AT_EMPTY_PATH = 0x1000;
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_INO = 0x100;
const STATX_SIZE = 0x200;

/** Device (as in `st_dev`) and inode. */
export interface Identity {
  device: bigint;
  inode: bigint;
}

/** Throws `SystemError`. */
export function identityOf(fd: number): Identity {
  const view = statx(fd, STATX_INO);
  return { inode: view.getBigUint64(32, true), device: deviceOf(view) };
}

/** The device of the file system that a descriptor is on, without asking the file system. Throws `SystemError`. */
export function rootDeviceOf(fd: number): bigint {
  return deviceOf(statx(fd, 0, AT_STATX_DONT_SYNC));
}

/** Bytes. Throws `SystemError`. */
export function sizeOf(fd: number): number {
  return Number(statx(fd, STATX_SIZE).getBigUint64(40, true));
}

function statx(fd: number, mask: number, flags = 0): DataView {
  const result = new Uint8Array(256);
  check("statx", libc.statx(fd, new Uint8Array(1), AT_EMPTY_PATH | flags, mask, result));
  return new DataView(result.buffer);
}

function deviceOf(view: DataView): bigint {
  return deviceNumber(view.getUint32(136, true), view.getUint32(140, true));
}

/** `makedev` of the C library. */
function deviceNumber(major: number, minor: number): bigint {
  const [wideMajor, wideMinor] = [BigInt(major), BigInt(minor)];
  return ((wideMajor & 0xfffff000n) << 32n) | ((wideMajor & 0xfffn) << 8n) | ((wideMinor & 0xffffff00n) << 12n) |
    (wideMinor & 0xffn);
}
