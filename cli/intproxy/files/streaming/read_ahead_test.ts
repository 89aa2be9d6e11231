import assert from "node:assert/strict";
import { ReadAhead, ReadAheadBudget } from "./read_ahead.ts";

const mebi = 1 << 20;

/** A file of so many bytes, each telling its place, and what was asked of it. */
class Source {
  readonly asked: { offset: number; length: number }[] = [];
  size: number;

  constructor(size: number) {
    this.size = size;
  }

  fetch = (offset: number, length: number): Promise<Uint8Array[]> => {
    this.asked.push({ offset, length });
    const count = Math.max(0, Math.min(length, this.size - offset));
    const half = count >> 1;
    return Promise.resolve([part(offset, half), part(offset + half, count - half)]);
  };

  get askedBytes(): number {
    return this.asked.reduce((sum, { length }) => sum + length, 0);
  }
}

function part(offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (offset + index) % 251;
  return bytes;
}

async function read(ahead: ReadAhead, offset: number, length: number, size: number): Promise<Uint8Array> {
  const parts = await ahead.read(offset, length, size);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of parts) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

Deno.test("who reads in a row gets as much ahead as was read, and every byte once", async () => {
  const source = new Source(10 * mebi);
  const ahead = new ReadAhead(source.fetch, new ReadAheadBudget());
  for (let offset = 0; offset < 3 * mebi; offset += 131_072) {
    assert.deepEqual(await read(ahead, offset, 131_072, source.size), part(offset, 131_072));
    const end = offset + 131_072;
    const furthest = Math.max(...source.asked.map(({ offset, length }) => offset + length));
    assert.ok(furthest <= end + Math.max(end, 131_072), `${furthest - end} bytes ahead at ${end}`);
  }
  assert.equal(source.askedBytes, Math.max(...source.asked.map(({ offset, length }) => offset + length)));
  assert.ok(source.asked.length <= 16, `${source.asked.length} questions`);
});

Deno.test("who jumps gets what it asks for, and nothing else", async () => {
  const source = new Source(1000 * mebi);
  const ahead = new ReadAhead(source.fetch, new ReadAheadBudget());
  for (const offset of [500, 20, 900, 333, 777]) {
    assert.deepEqual(await read(ahead, offset * mebi, 5000, source.size), part(offset * mebi, 5000));
  }
  assert.equal(source.askedBytes, 25_000);
});

Deno.test("any order of reads gives the file's bytes, and all room is given back", async () => {
  const source = new Source(6 * mebi + 123);
  const budget = new ReadAheadBudget();
  const readers = Array.from({ length: 3 }, () => new ReadAhead(source.fetch, budget));
  let seed = 7;
  const below = (limit: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % limit;
  let at = 0;
  for (let step = 0; step < 400; step++) {
    at = below(6) === 0 ? below(source.size) : at % source.size;
    const length = 1 + below(200_000);
    const wanted = part(at, Math.min(length, source.size - at));
    const reader = readers[below(3)]!;
    assert.deepEqual(await read(reader, at, length, source.size), wanted, `step ${step}`);
    if (below(20) === 0) reader.forget(below(source.size));
    at += below(3) === 0 ? 0 : length;
  }
  for (const reader of readers) reader.forget(0);
  assert.equal(budget.bytes, 0);
});

Deno.test("a hundred readers share what there is", async () => {
  const source = new Source(1000 * mebi);
  const budget = new ReadAheadBudget();
  const readers = Array.from({ length: 100 }, () => new ReadAhead(source.fetch, budget));
  for (let step = 0; step < 6; step++) {
    for (const [index, reader] of readers.entries()) {
      const at = (index * 10) * mebi + step * 65_536;
      const parts = await reader.read(at, 65_536, source.size);
      assert.equal(parts[0]![0], at % 251);
      assert.ok(budget.bytes <= 32 * mebi);
    }
  }
});

Deno.test("a file that is cut ends where it ends, and what comes later is asked for anew", async () => {
  const source = new Source(2 * mebi);
  const ahead = new ReadAhead(source.fetch, new ReadAheadBudget());
  await read(ahead, 0, 131_072, source.size);
  await read(ahead, 131_072, 131_072, source.size);
  source.size = 400_000;
  ahead.forget(0);
  assert.deepEqual(await read(ahead, 393_216, 131_072, 2 * mebi), part(393_216, 6784));
  ahead.forget(400_000);
  source.size = 2 * mebi;
  assert.deepEqual(await read(ahead, 393_216, 131_072, source.size), part(393_216, 131_072));
});
