import type { ByteSet } from "./nfa.ts";

/** What the assertions of a pattern need to know about a byte. */
export const ByteKind = { start: 0, word: 1, other: 2, newline: 3, beyondAscii: 4, end: 5 } as const;

/** Bytes that no pattern tells apart. */
export interface ByteClasses {
  /** The class of each of the 256 bytes. */
  classOf: Uint8Array;
  count: number;
  /** The `ByteKind` of each class. Without assertions that ask for it, everything is `other`. */
  kinds: Uint8Array;
  /** The classes that each byte set holds, by the set's id. */
  classesOf: readonly (readonly number[])[];
}

/** Sorts bytes into classes. `withKinds`: also keep apart what word and line assertions tell apart. */
export function byteClasses(sets: readonly ByteSet[], withKinds: boolean): ByteClasses {
  const marks: number[][] = Array.from({ length: 256 }, (_, byte) => withKinds ? [-kindOf(byte)] : []);
  for (const set of sets) for (const byte of set.bytes) marks[byte].push(set.id);

  const classOf = new Uint8Array(256);
  const kinds: number[] = [];
  const numbers = new Map<string, number>();
  for (const [byte, mark] of marks.entries()) {
    const key = mark.join();
    if (!numbers.has(key)) kinds.push(withKinds ? kindOf(byte) : ByteKind.other);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    classOf[byte] = number;
  }
  const classesOf = sets.map((set) => [...new Set(set.bytes.map((byte) => classOf[byte]))]);
  return { classOf, count: numbers.size, kinds: Uint8Array.from(kinds), classesOf };
}

function kindOf(byte: number): number {
  if (byte === 10) return ByteKind.newline;
  if (byte >= 128) return ByteKind.beyondAscii;
  return /\w/.test(String.fromCharCode(byte)) ? ByteKind.word : ByteKind.other;
}
