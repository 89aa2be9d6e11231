import assert from "node:assert/strict";
import fc from "fast-check";
import { decode, encode } from "../../protocol/schema.ts";
import { joints } from "../golden/vectors.ts";
import { arbitraryOf } from "./arbitrary.ts";
import { fuzzRun } from "./random.ts";

for (const joint of ["layer", "agent"] as const) {
  Deno.test(`what is encoded as a message of the ${joint} joint is decoded as the same`, () => {
    const { random, rounds } = fuzzRun(200);
    for (const [name, schema] of Object.entries(joints[joint])) {
      const roundTrip = fc.property(arbitraryOf(schema), (value) => {
        assert.deepEqual(plain(decode(schema, encode(schema, value))), plain(value), name);
      });
      fc.assert(roundTrip, { seed: random.seed, numRuns: rounds });
    }
  });
}

/** fast-check makes objects without a prototype, which `deepEqual` takes for something else. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
