import assert from "node:assert/strict";
import { blockBytes, Fingerprints } from "./fingerprints.ts";

const block = (seed: number, length = blockBytes) => Uint8Array.from({ length }, (_, index) => (index * seed) >>> 3);

Deno.test("a block differs until it is set, and after any change of one byte", () => {
  const known = new Fingerprints();
  for (let seed = 1; seed < 200; seed++) {
    const bytes = block(seed);
    assert.ok(known.differs(seed, bytes));
    known.set(seed, bytes);
    assert.ok(!known.differs(seed, bytes));
    bytes[(seed * 37) % blockBytes]! ^= 1 << (seed % 8);
    assert.ok(known.differs(seed, bytes));
  }
});

Deno.test("zeros behind a short block are not the same as its end", () => {
  const known = new Fingerprints();
  known.set(0, new Uint8Array(100));
  assert.ok(!known.differs(0, new Uint8Array(100)));
  assert.ok(known.differs(0, new Uint8Array(101)));
  assert.ok(known.differs(0, new Uint8Array(blockBytes)));
});

Deno.test("the last block is extended by what is added behind it", () => {
  const known = new Fingerprints();
  const whole = block(5);
  known.set(3, whole.subarray(0, 1000));
  assert.equal(known.extend(3, whole.subarray(1000, 3000)), 2000);
  assert.ok(!known.differs(3, whole.subarray(0, 3000)));
  assert.equal(known.extend(3, new Uint8Array(9000).fill(1)), blockBytes - 3000);
  known.forget(3, 4);
  assert.ok(known.differs(3, whole));
});
