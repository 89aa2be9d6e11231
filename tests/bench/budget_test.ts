import assert from "node:assert/strict";
import { boundText, type Budget, isMet } from "./budget.ts";
import { interleave, median } from "./rounds.ts";

const atMost: Budget = { name: "x", unit: "ms", anchor: "y", rule: "atMost", limit: 2 };

Deno.test("a budget is met up to its bound, allowance included", () => {
  assert.equal(isMet({ budget: atMost, ours: 20, anchor: 10 }), true);
  assert.equal(isMet({ budget: atMost, ours: 20.1, anchor: 10 }), false);
  assert.equal(isMet({ budget: { ...atMost, allowance: 1 }, ours: 21, anchor: 10 }), true);
  assert.equal(isMet({ budget: { ...atMost, rule: "atLeast", limit: 1.5 }, ours: 14, anchor: 10 }), false);
  assert.equal(boundText({ ...atMost, allowance: 5 }), "≤ 2× + 5 ms");
  assert.equal(boundText({ ...atMost, limit: 0, allowance: 128, unit: "MiB" }), "≤ 128 MiB");
});

Deno.test("rounds are interleaved and judged by their medians", async () => {
  const order: string[] = [];
  const side = (name: string) => () => Promise.resolve({ place: order.push(name), constant: 7 });
  const result = await interleave({ ours: side("o"), anchor: side("a") }, 4);
  assert.equal(order.join(""), "oaaooaao");
  assert.deepEqual(result.ours, { place: median([1, 4, 5, 8]), constant: 7 });
  assert.deepEqual(result.anchor, { place: median([2, 3, 6, 7]), constant: 7 });
});
