/**
 * The frames of a tunnel. Everything is little-endian.
 *
 *     0      type     u8
 *     1      flags    u8
 *     2      zero     u16
 *     4      length   u32    of the body, at most `maximumFrameBytes`
 *     8      body
 *
 * Bodies, `id` always first where there is one; numbers of 8 bytes stay below 2^53:
 *
 *     open       id u64, grant u32, trust u32, header…       grant: the opener's window; trust: what it sends unasked
 *     data       id u64, offset u64, bytes…
 *     ack        id u64, consumed u64, limit u64
 *     blocked    id u64, limit u64
 *     reset      id u64, code u32, reason…
 *     resetDone  id u64
 *     message    id u64, sequence u64, bytes…
 *     ping pong  nonce u64
 *     carried    count u64, held u32 (us)
 *     sync       see sync.ts
 *     end        reason…
 *     endDone
 */
import { maximumFrameBytes } from "../limits.ts";
import { LinkError } from "./errors.ts";

export const FrameType = {
  open: 1,
  data: 2,
  ack: 3,
  blocked: 4,
  reset: 5,
  resetDone: 6,
  message: 7,
  ping: 8,
  pong: 9,
  carried: 10,
  sync: 11,
  end: 12,
  endDone: 13,
} as const;

/** On `data`: these are the last bytes. On `ack`: the end was consumed too. On `sync`: the last part. */
export const flagLast = 1;
/** On `open`, and on the `data` that ends such a stream: messages instead of bytes. */
export const flagLossy = 2;

export const frameHeaderBytes = 8;
/** A data frame without its payload. */
export const dataFrameBytes = frameHeaderBytes + 16;
const idBytes = 8;

/** Bytes of the numbers that each type's body begins with, and whether anything may follow. */
const shapes: readonly ({ numbers: number; tail: boolean; flags: number } | undefined)[] = (() => {
  const list: { numbers: number; tail: boolean; flags: number }[] = [];
  const add = (type: number, numbers: number, tail: boolean, flags = 0) => list[type] = { numbers, tail, flags };
  add(FrameType.open, idBytes + 8, true, flagLossy);
  add(FrameType.data, idBytes + 8, true, flagLast | flagLossy);
  add(FrameType.ack, idBytes + 16, false, flagLast);
  add(FrameType.blocked, idBytes + 8, false);
  add(FrameType.reset, idBytes + 4, true);
  add(FrameType.resetDone, idBytes, false);
  add(FrameType.message, idBytes + 8, true);
  add(FrameType.ping, 8, false);
  add(FrameType.pong, 8, false);
  add(FrameType.carried, 12, false);
  add(FrameType.sync, 0, true, flagLast);
  add(FrameType.end, 0, true);
  add(FrameType.endDone, 0, false);
  return list;
})();

/** One parsed frame. The same object is filled again and again; `tail` is a view into the read buffer. */
export class Frame {
  type = 0;
  flags = 0;
  id = 0;
  /** offset, consumed, sequence, limit of `blocked`, nonce, count; `grant` of open, code of reset. */
  first = 0;
  /** limit of `ack`; `trust` of open; held of `carried`. */
  second = 0;
  tail: Uint8Array = empty;
}
const empty = new Uint8Array();

const two32 = 2 ** 32;
const highestTop = 2 ** 21;

/** Reads a u64 below 2^53. */
export function readWide(view: DataView, at: number): number {
  const top = view.getUint32(at + 4, true);
  if (top >= highestTop) throw new LinkError("malformed", "A number in a frame is above 2^53");
  return top * two32 + view.getUint32(at, true);
}

/** Writes a safe integer as u64. */
export function writeWide(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / two32), true);
}

/** Size of the frame that begins at `at`, or 0 if fewer than 8 bytes are there. Checks it before anything is kept. */
export function frameSize(view: DataView, at: number, end: number): number {
  if (end - at < frameHeaderBytes) return 0;
  const type = view.getUint8(at);
  const shape = shapes[type];
  if (shape === undefined) throw new LinkError("malformed", `There is no frame of type ${type}`);
  if ((view.getUint8(at + 1) & ~shape.flags) !== 0 || view.getUint16(at + 2, true) !== 0) {
    throw new LinkError("malformed", `A frame of type ${type} has unknown flags`);
  }
  const length = view.getUint32(at + 4, true);
  const fits = shape.tail ? length >= shape.numbers : length === shape.numbers;
  if (!fits || length > maximumFrameBytes) {
    throw new LinkError("malformed", `A frame of type ${type} has a body of ${length} bytes`);
  }
  return frameHeaderBytes + length;
}

/** Parses the frame of `size` bytes at `at`, of which `frameSize` approved. */
export function readFrame(bytes: Uint8Array, view: DataView, at: number, size: number, frame: Frame): void {
  const type = view.getUint8(at);
  frame.type = type;
  frame.flags = view.getUint8(at + 1);
  const body = at + frameHeaderBytes;
  const { numbers, tail } = shapes[type]!;
  if (type === FrameType.ping || type === FrameType.pong || type === FrameType.carried) {
    frame.first = readWide(view, body);
    if (type === FrameType.carried) frame.second = view.getUint32(body + 8, true);
  } else if (numbers > 0) {
    frame.id = readWide(view, body);
    if (type === FrameType.open) {
      frame.first = view.getUint32(body + 8, true);
      frame.second = view.getUint32(body + 12, true);
    } else if (type === FrameType.reset) {
      frame.first = view.getUint32(body + 8, true);
    } else if (type !== FrameType.resetDone) {
      frame.first = readWide(view, body + 8);
      if (type === FrameType.ack) frame.second = readWide(view, body + 16);
    }
  }
  frame.tail = tail ? bytes.subarray(body + numbers, at + size) : empty;
}
