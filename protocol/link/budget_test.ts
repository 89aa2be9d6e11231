import assert from "node:assert/strict";
import fc from "fast-check";
import * as limits from "../limits.ts";
import {
  grownWindowsBytes,
  initialWindowBytes,
  initialWindowsBytes,
  maximumWindowBytes,
  windowGrowth,
} from "../limits.ts";
import { Budget, type Window } from "./budget.ts";

Deno.test("the initial windows of all streams there may be fit into their part", () => {
  const budget = new Budget();
  for (let streams = 0; streams < limits.maximumStreams; streams++) budget.reserve(budget.initialWindow(streams));
  assert.ok(budget.initial <= initialWindowsBytes, `${budget.initial} bytes`);
});

Deno.test("the parts of a session's memory add up to its bound", () => {
  const windows = initialWindowsBytes + grownWindowsBytes;
  const sum = 2 * windows + 2 * limits.lossySessionBytes + limits.headersSessionBytes;
  assert.equal(sum, limits.sessionBytes);
});

Deno.test("a window grows by steps up to its maximum", () => {
  const budget = new Budget();
  const window = budget.reserve(initialWindowBytes);
  const sizes: number[] = [];
  while (budget.grow(window)) sizes.push(window.size);
  assert.equal(window.size, maximumWindowBytes);
  const factors = sizes.map((size, step) => size / (sizes[step - 1] ?? initialWindowBytes));
  assert.ok(factors.slice(0, -1).every((factor) => factor === windowGrowth), factors.join());
  assert.ok(factors.at(-1)! <= windowGrowth);
});

Deno.test("windows that have grown give way to those that want to grow", () => {
  const budget = new Budget();
  const old = [budget.reserve(initialWindowBytes), budget.reserve(initialWindowBytes)];
  for (const window of old) while (budget.grow(window));
  const young = budget.reserve(initialWindowBytes);
  // What is held shrinks as the old streams' data is read, and the young one takes what becomes free.
  for (let round = 0; round < 50; round++) {
    budget.grow(young);
    for (const window of old) budget.shrink(window, window.size * 0.9);
    assert.ok(budget.grown <= grownWindowsBytes);
  }
  assert.ok(young.size > 2 ** 20, `the young window has ${young.size} bytes`);
});

Deno.test("whatever happens to windows, their sum is right and within the bound", () => {
  const step = fc.record({
    what: fc.constantFrom("reserve", "grow", "shrink", "release"),
    which: fc.nat(),
    share: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const budget = new Budget();
      const windows: Window[] = [];
      for (const { what, which, share } of steps) {
        const window = windows[which % Math.max(1, windows.length)];
        if (what === "reserve") windows.push(budget.reserve(budget.initialWindow(windows.length), share * 100_000));
        else if (window === undefined) continue;
        else if (what === "grow") budget.grow(window);
        else if (what === "shrink") budget.shrink(window, Math.floor(window.size * share / 100));
        else budget.release(windows.splice(windows.indexOf(window), 1)[0]!);
        assert.equal(budget.initial, windows.reduce((sum, each) => sum + each.initial, 0));
        assert.equal(budget.grown, windows.reduce((sum, each) => sum + each.size - each.initial, 0));
        assert.ok(windows.every((each) => each.size >= each.initial && each.size <= maximumWindowBytes));
        assert.ok(budget.grown <= grownWindowsBytes);
      }
      for (const window of windows) budget.release(window);
      assert.deepEqual([budget.initial, budget.grown], [0, 0]);
    }),
    { numRuns: 300 },
  );
});
