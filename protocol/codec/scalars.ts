/** Schemas of the values that contain no others. */
import { DecodeError, EncodeError } from "./error.ts";
import type { Schema } from "./schema_type.ts";

const maxLength = 0xffff_ffff;

export const u8: Schema<number> = {
  shape: { kind: "u8" },
  leastBytes: 1,
  read: (from) => from.u8(),
  write: (to, value) => to.u8(inRange(value, 0, 0xff)),
};

export const u16: Schema<number> = {
  shape: { kind: "u16" },
  leastBytes: 2,
  read: (from) => from.u16(),
  write: (to, value) => to.u16(inRange(value, 0, 0xffff)),
};

export const u32: Schema<number> = {
  shape: { kind: "u32" },
  leastBytes: 4,
  read: (from) => from.u32(),
  write: (to, value) => to.u32(inRange(value, 0, 0xffff_ffff)),
};

export const i32: Schema<number> = {
  shape: { kind: "i32" },
  leastBytes: 4,
  read: (from) => from.i32(),
  write: (to, value) => to.i32(inRange(value, -0x8000_0000, 0x7fff_ffff)),
};

export const u64: Schema<bigint> = {
  shape: { kind: "u64" },
  leastBytes: 8,
  read: (from) => from.u64(),
  write: (to, value) => to.u64(sameBits(value, BigInt.asUintN(64, value))),
};

export const i64: Schema<bigint> = {
  shape: { kind: "i64" },
  leastBytes: 8,
  read: (from) => from.i64(),
  write: (to, value) => to.i64(sameBits(value, BigInt.asIntN(64, value))),
};

export const bool: Schema<boolean> = {
  shape: { kind: "bool" },
  leastBytes: 1,
  read(from) {
    const byte = from.u8();
    if (byte > 1) throw new DecodeError("InvalidBool", `${byte} is neither 0 nor 1`);
    return byte === 1;
  },
  write: (to, value) => to.u8(value ? 1 : 0),
};

/** Bytes of any length. The decoded value is a copy of its own. */
export const bytes: Schema<Uint8Array> = {
  shape: { kind: "bytes" },
  leastBytes: 4,
  read: (from) => from.copy(from.u32()),
  write(to, value) {
    to.u32(inRange(value.length, 0, maxLength));
    to.raw(value);
  },
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A string, as UTF-8. Only for our own words: what a program or the kernel calls a string need not be UTF-8. */
export const text: Schema<string> = {
  shape: { kind: "text" },
  leastBytes: 4,
  read(from) {
    const encoded = from.view(from.u32());
    try {
      return decoder.decode(encoded);
    } catch {
      throw new DecodeError("InvalidText", `${encoded.length} bytes are not UTF-8`);
    }
  },
  write(to, value) {
    if (!value.isWellFormed()) throw new EncodeError("a string with a lone surrogate can't be sent");
    bytes.write(to, encoder.encode(value));
  },
};

/** Exactly `length` bytes. */
export function fixed(length: number): Schema<Uint8Array> {
  return {
    shape: { kind: "fixed", length },
    leastBytes: length,
    read: (from) => from.copy(length),
    write(to, value) {
      if (value.length !== length) throw new EncodeError(`${value.length} bytes given, ${length} wanted`);
      to.raw(value);
    },
  };
}

function inRange(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new EncodeError(`${value} is not a whole number from ${least} to ${most}`);
  }
  return value;
}

function sameBits(value: bigint, wrapped: bigint): bigint {
  if (value !== wrapped) throw new EncodeError(`${value} does not fit 64 bits`);
  return value;
}
