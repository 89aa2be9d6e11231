import assert from "node:assert/strict";
import fc from "fast-check";
import { maximumPieces } from "../limits.ts";
import { LinkError } from "./errors.ts";
import { Reassembly } from "./reassembly.ts";

const total = 300;
const original = Uint8Array.from({ length: total }, (_, index) => index);

Deno.test("pieces that come early, twice or overlapping are put in order, each byte once", () => {
  const piece = fc.tuple(fc.nat(total - 1), fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const reassembly = new Reassembly();
      const got: number[] = [];
      const deliver = (bytes: Uint8Array) => void got.push(...bytes);
      const come = new Set<number>();
      for (const [start, length] of pieces) {
        const end = Math.min(total, start + length);
        const view = original.slice(start, end);
        reassembly.add(start, view, { deliver });
        view.fill(255); // What was kept must be a copy.
        for (let at = start; at < end; at++) come.add(at);
        let inOrder = 0;
        while (come.has(inOrder)) inOrder++;
        assert.equal(reassembly.received, inOrder);
        assert.equal(reassembly.highest, Math.max(0, ...come) + (come.size > 0 ? 1 : 0));
      }
      assert.deepEqual(got, [...original.subarray(0, reassembly.received)]);
      reassembly.add(0, original, { deliver });
      assert.deepEqual(got, [...original]);
      assert.equal(reassembly.waiting, 0);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("too many pieces that wait are refused", () => {
  const reassembly = new Reassembly();
  const add = (index: number) => reassembly.add(1 + 2 * index, new Uint8Array(1), { deliver() {} });
  for (let index = 0; index < maximumPieces; index++) add(index);
  assert.throws(() => add(maximumPieces), (error) => error instanceof LinkError && error.kind === "limit");
});
