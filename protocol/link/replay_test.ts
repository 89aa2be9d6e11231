import assert from "node:assert/strict";
import fc from "fast-check";
import { ReplayBuffer } from "./replay.ts";

const byteAt = (offset: number) => (offset * 7 + (offset >> 8)) & 255;

Deno.test("what was appended can be copied from any place until it is trimmed", () => {
  const step = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 100_000 }) }),
    fc.record({ copy: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ trim: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const replay = new ReplayBuffer();
      for (const each of steps) {
        const kept = replay.end - replay.start;
        if ("append" in each) {
          const bytes = Uint8Array.from({ length: each.append + 3 }, (_, index) => byteAt(replay.end + index - 3));
          replay.append(bytes, 3, each.append);
          bytes.fill(0);
        } else if ("trim" in each) {
          replay.trim(replay.start + Math.floor(kept * each.trim));
        } else if (kept > 0) {
          const offset = replay.start + Math.floor((kept - 1) * each.copy);
          const length = Math.min(5000, replay.end - offset);
          const target = new Uint8Array(length + 2);
          replay.copy(offset, length, target, 1);
          assert.deepEqual([...target.subarray(1, -1)], Array.from({ length }, (_, index) => byteAt(offset + index)));
          assert.deepEqual([target[0], target.at(-1)], [0, 0]);
        }
      }
      replay.clear();
      assert.equal(replay.start, replay.end);
    }),
    { numRuns: 200 },
  );
});
