import assert from "node:assert/strict";
import { Metrics } from "./metrics.ts";

Deno.test("Metrics counts what is going on, and what ever was", async () => {
  const metrics = new Metrics();
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = metrics.during("connect", () => promise);
  await assert.rejects(metrics.during("connect", () => Promise.reject(new Error("refused"))), /refused/);
  assert.equal(metrics.gauge("connect"), 1);
  assert.equal(metrics.total("connect"), 2);
  resolve();
  await running;
  await metrics.during("env", () => Promise.resolve());
  assert.equal(`${metrics}`, "connect 0/2, env 0/1");
});
