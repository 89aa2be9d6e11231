/** Encoded messages on a stream: u32 LE length, then as many bytes. What follows them stays readable. */
import { maximumReplyBytes } from "../limits.ts";
import { decode, encode, type Schema } from "../schema.ts";
import { LinkError } from "./errors.ts";
import type { Stream } from "./stream.ts";

const prefixBytes = 4;

/** Writes one message. Throws as `Stream.write`. */
export function writeMessage<T>(stream: Stream, schema: Schema<T>, value: T): Promise<void> {
  const body = encode(schema, value);
  const bytes = new Uint8Array(prefixBytes + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length, true);
  bytes.set(body, prefixBytes);
  return stream.write(bytes);
}

/**
 * Reads one message.
 *
 * @throws {LinkError} "malformed" when the stream ends inside it, "limit" above 4 MiB
 * @throws {DecodeError} when it is no such message
 * @throws {StreamError} as `Stream.read`
 */
export async function readMessage<T>(stream: Stream, schema: Schema<T>): Promise<T> {
  const prefix = await readExactly(stream, prefixBytes);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true);
  if (length > maximumReplyBytes) throw new LinkError("limit", `A message of ${length} bytes is too long`);
  return decode(schema, await readExactly(stream, length));
}

async function readExactly(stream: Stream, length: number): Promise<Uint8Array> {
  const parts = await readParts(stream, length);
  return parts.length === 1 ? parts[0]! : join(parts, length);
}

/**
 * Reads exactly `length` bytes as they come, and puts back what came behind them.
 *
 * @throws {LinkError} "malformed" when the stream ends before
 * @throws {StreamError} as `Stream.read`
 */
export async function readParts(stream: Stream, length: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let missing = length;
  while (missing > 0) {
    const bytes = await stream.read();
    if (bytes === null) throw new LinkError("malformed", "The stream ended inside a message");
    parts.push(bytes.subarray(0, missing));
    stream.unread(bytes.subarray(missing));
    missing -= Math.min(missing, bytes.length);
  }
  return parts;
}

function join(parts: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
