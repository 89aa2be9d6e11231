import assert from "node:assert/strict";
import { AnswerCache } from "./cache.ts";
import type { Outcome } from "./question.ts";

const question = { name: "web.test", type: 1 };
const found = (ttlSeconds: number): Outcome => ({ kind: "found", records: [], canonicalName: "web.test", ttlSeconds });

/** A cache and how often it had to ask. */
function counting(outcome: Outcome) {
  const cache = new AnswerCache();
  const counter = { asked: 0 };
  const get = (name = "web.test", configuration = "one") =>
    cache.get(configuration, { ...question, name }, () => (counter.asked++, Promise.resolve(outcome)));
  return { get, counter };
}

Deno.test("AnswerCache asks once while an answer holds, in either case", async () => {
  const { get, counter } = counting(found(60));
  await Promise.all([get(), get()]);
  await get("WEB.test");
  assert.equal(counter.asked, 1);
  await get("web.test", "another configuration");
  assert.equal(counter.asked, 2);
});

Deno.test("AnswerCache asks again when an answer no longer holds", async () => {
  const { get, counter } = counting(found(0.02));
  await get();
  await new Promise((resolve) => setTimeout(resolve, 40));
  await get();
  assert.equal(counter.asked, 2);
});

Deno.test("AnswerCache keeps no failures, and what does not exist for its time", async () => {
  const failing = counting({ kind: "unreachable", reason: "silence" });
  await failing.get();
  await failing.get();
  assert.equal(failing.counter.asked, 2);
  const missing = counting({ kind: "noName", ttlSeconds: 5 });
  await missing.get();
  await missing.get();
  assert.equal(missing.counter.asked, 1);
});

Deno.test("AnswerCache forgets a question that could not be asked", async () => {
  const cache = new AnswerCache();
  await assert.rejects(cache.get("one", question, () => Promise.reject(new Error("broken"))), /broken/);
  assert.equal((await cache.get("one", question, () => Promise.resolve(found(1)))).kind, "found");
});

Deno.test("AnswerCache stays small", async () => {
  const { get, counter } = counting(found(60));
  for (let index = 0; index < 600; index++) await get(`${index}.test`);
  await get("599.test");
  assert.equal(counter.asked, 600);
  await get("0.test");
  assert.equal(counter.asked, 601);
});
