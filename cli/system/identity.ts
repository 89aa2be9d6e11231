/** What the kernel tells of an open file. */
import { check, libc } from "./libc.ts";

const AT_EMPTY_PATH = 0x1000;
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
  return {
    inode: view.getBigUint64(32, true),
    device: deviceNumber(view.getUint32(136, true), view.getUint32(140, true)),
  };
}

/** Bytes. Throws `SystemError`. */
export function sizeOf(fd: number): number {
  return Number(statx(fd, STATX_SIZE).getBigUint64(40, true));
}

function statx(fd: number, mask: number): DataView {
  const result = new Uint8Array(256);
  check("statx", libc.statx(fd, new Uint8Array(1), AT_EMPTY_PATH, mask, result));
  return new DataView(result.buffer);
}

/** `makedev` of the C library. */
function deviceNumber(major: number, minor: number): bigint {
  const [wideMajor, wideMinor] = [BigInt(major), BigInt(minor)];
  return ((wideMajor & 0xfffff000n) << 32n) | ((wideMajor & 0xfffn) << 8n) | ((wideMinor & 0xffffff00n) << 12n) |
    (wideMinor & 0xffn);
}
