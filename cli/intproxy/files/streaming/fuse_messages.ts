/**
 * The messages between the kernel and who answers for a file system, as linux/fuse.h lays them out (protocol 7.31, Linux
 * 5.4): fixed structures of little-endian numbers. Only what the kernel says to a file system of plain files is here.
 */
import type { Stat } from "../../table.ts";

export const Opcode = {
  lookUp: 1,
  forget: 2,
  getAttributes: 3,
  setAttributes: 4,
  open: 14,
  read: 15,
  write: 16,
  release: 18,
  synchronise: 20,
  flush: 25,
  start: 26,
  interrupt: 36,
  end: 38,
  batchForget: 42,
  allocate: 43,
} as const;

/** `FUSE_ROOT_ID` */
export const rootNode = 1;
/** `struct fuse_in_header`, `struct fuse_out_header` */
const inHeaderBytes = 40;
export const outHeaderBytes = 16;
/** One read or write; the kernel asks for no more after it was told so. */
export const mostBytes = 1 << 20;
const pageBytes = 4096;

/** Bits of `start`: reads may be answered in any order, writes may be larger than a page, `max_pages` is meant. */
const FUSE_ASYNC_READ = 1 << 0;
const FUSE_BIG_WRITES = 1 << 5;
const FUSE_MAX_PAGES = 1 << 22;
/** So many reads ahead the kernel may have under way. */
const mostInBackground = 64;

/** For what is never asked for again unless we say that it has changed. */
const longSeconds = 1n << 30n;
/** Bits of the answer to `open`: what the kernel has read still holds; closing is of no interest. */
export const keepCache = 1 << 1;
export const noFlush = 1 << 5;
const FUSE_WRITE_CACHE = 1 << 0;
const FUSE_NOTIFY_INVAL_INODE = 2;
const wholeSize = 1n << 3n;

export interface Header {
  opcode: number;
  unique: bigint;
  node: number;
  /** The thread that asks; 0 if it cannot be told. */
  thread: number;
}

/** One message as it came; `view` begins behind the header. */
export interface Message extends Header {
  view: DataView<ArrayBuffer>;
}

/** `buffer` holds one message of `length` bytes. */
export function parseMessage(buffer: ArrayBuffer, length: number): Message {
  const view = new DataView(buffer, 0, length);
  return {
    opcode: view.getUint32(4, true),
    unique: view.getBigUint64(8, true),
    node: Number(view.getBigUint64(16, true)),
    thread: view.getUint32(32, true),
    view: new DataView(buffer, inHeaderBytes, length - inHeaderBytes),
  };
}

/** `struct fuse_init_in` → `struct fuse_init_out` (64 bytes). */
export function startReply(view: DataView): Uint8Array {
  const out = new DataView(new ArrayBuffer(64));
  out.setUint32(0, view.getUint32(0, true), true);
  out.setUint32(4, 31, true);
  out.setUint32(8, view.getUint32(8, true), true);
  out.setUint32(12, view.getUint32(12, true) & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_MAX_PAGES), true);
  out.setUint16(16, mostInBackground, true);
  out.setUint16(18, mostInBackground, true);
  out.setUint32(20, mostBytes, true);
  out.setUint32(24, 1, true);
  out.setUint16(28, mostBytes / pageBytes, true);
  return new Uint8Array(out.buffer);
}

export interface Attributes {
  node: number;
  size: number;
  stat: Stat;
}

/** `struct fuse_entry_out` (128 bytes): a name is asked for each time, the attributes only after a change. */
export function entryReply(attributes: Attributes): Uint8Array {
  const out = new DataView(new ArrayBuffer(128));
  out.setBigUint64(0, BigInt(attributes.node), true);
  out.setBigUint64(24, longSeconds, true);
  putAttributes(out, 40, attributes);
  return new Uint8Array(out.buffer);
}

/** `struct fuse_attr_out` (104 bytes). */
export function attributesReply(attributes: Attributes): Uint8Array {
  const out = new DataView(new ArrayBuffer(104));
  out.setBigUint64(0, longSeconds, true);
  putAttributes(out, 16, attributes);
  return new Uint8Array(out.buffer);
}

const directory = 0o040555, regular = 0o100666;

/** The root directory's, which shows nothing. */
export function rootReply(): Uint8Array {
  const out = new DataView(new ArrayBuffer(104));
  out.setBigUint64(0, longSeconds, true);
  out.setBigUint64(16, BigInt(rootNode), true);
  out.setUint32(76, directory, true);
  out.setUint32(80, 2, true);
  return new Uint8Array(out.buffer);
}

/** `struct fuse_attr` (88 bytes). Whose it is, and who may do what, is the target's matter: here it is this user's. */
function putAttributes(out: DataView, at: number, { node, size, stat }: Attributes): void {
  out.setBigUint64(at, BigInt(node), true);
  out.setBigUint64(at + 8, BigInt(size), true);
  out.setBigUint64(at + 16, stat.blocks, true);
  [stat.accessed, stat.modified, stat.changed].forEach((time, index) => {
    out.setBigInt64(at + 24 + 8 * index, time.seconds, true);
    out.setUint32(at + 48 + 4 * index, time.nanoseconds, true);
  });
  out.setUint32(at + 60, regular | (stat.mode & 0o111), true);
  out.setUint32(at + 64, 1, true);
  out.setUint32(at + 68, Deno.uid()!, true);
  out.setUint32(at + 72, Deno.gid()!, true);
  out.setUint32(at + 80, pageBytes, true);
}

/** `struct fuse_open_out` (16 bytes). */
export function openReply(handle: number, flags: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(16));
  out.setBigUint64(0, BigInt(handle), true);
  out.setUint32(8, flags, true);
  return new Uint8Array(out.buffer);
}

/** `struct fuse_write_out` (8 bytes). */
export function writeReply(length: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(8));
  out.setUint32(0, length, true);
  return new Uint8Array(out.buffer);
}

/** `flags`: those of open(2). `isMapped`: the bytes to write come from a mapping. */
interface Transfer {
  handle: number;
  offset: number;
  size: number;
  isMapped: boolean;
  flags: number;
}

/** `struct fuse_read_in` and `struct fuse_write_in` (40 bytes, the bytes to write behind it). */
export function parseTransfer(view: DataView): Transfer {
  return {
    handle: Number(view.getBigUint64(0, true)),
    offset: Number(view.getBigUint64(8, true)),
    size: view.getUint32(16, true),
    isMapped: (view.getUint32(20, true) & FUSE_WRITE_CACHE) !== 0,
    flags: view.getUint32(32, true),
  };
}

export const transferBytes = 40;

/** `struct fuse_setattr_in`: the new size, if that is all that is to be set; times are the target's own. */
export function parseSize(view: DataView): number | null {
  const settable = BigInt(view.getUint32(0, true));
  return (settable & wholeSize) === 0n ? null : Number(view.getBigUint64(16, true));
}

/** `struct fuse_fallocate_in` */
export function parseAllocation(view: DataView): { end: number; mode: number } {
  const end = Number(view.getBigUint64(8, true)) + Number(view.getBigUint64(16, true));
  return { end, mode: view.getUint32(24, true) };
}

/** The name of a look-up, without its NUL. */
export function parseName(view: DataView<ArrayBuffer>): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
}

/** `struct fuse_notify_inval_inode_out`: forget the attributes, and the content from an offset on. */
export function changedNotice(node: number, offset: number): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(outHeaderBytes + 24));
  out.setUint32(0, out.byteLength, true);
  out.setInt32(4, FUSE_NOTIFY_INVAL_INODE, true);
  out.setBigUint64(16, BigInt(node), true);
  out.setBigInt64(24, BigInt(offset), true);
  return new Uint8Array(out.buffer);
}
