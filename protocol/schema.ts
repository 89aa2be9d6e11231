/**
 * The language that messages are written in, and their bytes.
 *
 * Integers are little-endian and of fixed width; a `bool` is one byte, 0 or 1; `bytes`, `text` and `list` begin with a u32
 * length or count; an `option` begins with 0 or 1; a `union` begins with the u8 index of its variant; a `struct` is its
 * fields in order. There is no padding, and nothing on the wire names a schema: both sides know what they expect.
 */
import { Reader } from "./codec/reader.ts";
import type { Schema } from "./codec/schema_type.ts";
import { Writer } from "./codec/writer.ts";

export { DecodeError, type DecodeFault, EncodeError } from "./codec/error.ts";
export type { Infer, Schema, Shape } from "./codec/schema_type.ts";
export { bool, bytes, fixed, i32, i64, text, u16, u32, u64, u8 } from "./codec/scalars.ts";
export { list, option, struct, union } from "./codec/composites.ts";

const writer = new Writer();

/** The bytes of a value. Throws `EncodeError` when the value does not fit the schema. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array<ArrayBuffer> {
  try {
    schema.write(writer, value);
    return writer.take();
  } finally {
    writer.clear();
  }
}

/** The value that `bytes` hold, all of them. Throws `DecodeError` for anything else; keeps no reference to `bytes`. */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = schema.read(reader);
  reader.end();
  return value;
}
