import assert from "node:assert/strict";
import { Slots } from "./slots.ts";

/** A call that ends when told to. */
function hanging() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let began = false;
  return { call: () => (began = true, promise), end: resolve, began: () => began };
}

const settle = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("Slots runs no more calls at a time than are allowed, the others in order", async () => {
  const slots = new Slots({ active: 2, stuckAfterMs: 60_000, total: 4 });
  const calls = [hanging(), hanging(), hanging(), hanging()];
  const runs = calls.map(({ call }) => slots.run(call));
  await settle();
  assert.deepEqual(calls.map((call) => call.began()), [true, true, false, false]);
  calls[1].end();
  await settle();
  assert.deepEqual(calls.map((call) => call.began()), [true, true, true, false]);
  calls.forEach((call) => call.end());
  await Promise.all(runs);
});

Deno.test("Slots lets others run beside calls that are stuck, up to the total", async () => {
  const slots = new Slots({ active: 1, stuckAfterMs: 20, total: 2 });
  const calls = [hanging(), hanging(), hanging()];
  const runs = calls.map(({ call }) => slots.run(call));
  await settle(100);
  assert.deepEqual(calls.map((call) => call.began()), [true, true, false]);
  calls.forEach((call) => call.end());
  await Promise.all(runs);
});

Deno.test("Slots gives a slot back when a call fails", async () => {
  const slots = new Slots({ active: 1, stuckAfterMs: 60_000, total: 1 });
  await assert.rejects(slots.run(() => Promise.reject(new Error("failed"))), /failed/);
  assert.equal(await slots.run(() => Promise.resolve(7)), 7);
});
