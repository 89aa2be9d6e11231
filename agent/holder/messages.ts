/**
 * What agents of one network namespace say to each other over the holder's abstract socket. Frames have a 4-byte
 * little-endian length. A connection begins with a `Hello`; one that attaches stays open, and its end is the end of the
 * attachment; one that is a tunnel carries the link's bytes from then on.
 */
import { decode, encode, fixed, option, type Schema, struct, text, u32, u64, union } from "../../protocol/schema.ts";
import type { Tunnel } from "../../protocol/link/mod.ts";

/** Agents of different releases meet here. */
export const holderProtocolVersion = 1;

export const Hello = union({
  /** Serve the clients that know the token with this hash, on this target. */
  attach: struct({ version: u32, tokenHash: fixed(32), mode: text, pid: option(u32) }),
  tunnel: struct({ attachment: u64 }),
});
export const AttachReply = union({
  accepted: struct({ attachment: u64 }),
  refused: struct({ reason: text }),
});
/** Sent to the attached agent whenever the number of its clients' sessions changes. */
export const SessionCount = struct({ sessions: u32 });

const PREFIX_BYTES = 4;
const frameBytesMax = 4096;

export async function writeFrame<T>(tunnel: Tunnel, schema: Schema<T>, value: T): Promise<void> {
  const body = encode(schema, value);
  const frame = new Uint8Array(PREFIX_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, PREFIX_BYTES);
  await tunnel.write(frame);
}

/** Null at the end of the connection. Throws `RangeError` for a frame that is too long, `DecodeError` for other bytes. */
export async function readFrame<T>(tunnel: Tunnel, schema: Schema<T>): Promise<T | null> {
  const prefix = await readExactly(tunnel, PREFIX_BYTES);
  if (prefix === null) return null;
  const length = new DataView(prefix.buffer).getUint32(0, true);
  if (length > frameBytesMax) throw new RangeError(`a frame of ${length} bytes`);
  const body = await readExactly(tunnel, length);
  return body === null ? null : decode(schema, body);
}

async function readExactly(tunnel: Tunnel, length: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await tunnel.read(bytes.subarray(filled));
    if (count === null) return null;
    filled += count;
  }
  return bytes;
}
