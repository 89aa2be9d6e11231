import type { Random } from "./random.ts";

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const interestingBytes = [0, 1, 2, 3, 0x7f, 0x80, 0xff];

const mutations: Mutation[] = [
  flipBit,
  (bytes, random) => overwrite(bytes, random.below(bytes.length + 1), Uint8Array.of(random.pick(interestingBytes))),
  (bytes, random) => overwrite(bytes, random.below(bytes.length + 1), hostileLength(bytes.length, random)),
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), random.below(9), new Uint8Array(0)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, random.bytes(random.below(9))),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, bytes.slice(random.below(bytes.length + 1))),
];

/** A valid message made strange: one to four bits, bytes, lengths or pieces of it are changed. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) result = random.pick(mutations)(result, random);
  return result;
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const result = bytes.slice();
  if (result.length > 0) result[random.below(result.length)] ^= 1 << random.below(8);
  return result;
}

/** Lengths that decoders trip over, as little-endian bytes. */
function hostileLength(length: number, random: Random): Uint8Array {
  const value = random.pick([0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0x1000_0000, length, length + 1, length - 1, 0]);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}

function overwrite(bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  return splice(bytes, at, by.length, by);
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const tail = bytes.subarray(Math.min(bytes.length, at + remove));
  const result = new Uint8Array(at + insert.length + tail.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(tail, at + insert.length);
  return result;
}
