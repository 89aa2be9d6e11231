import assert from "node:assert/strict";
import { Lifetime } from "./lifetime.ts";

/** Whether a lifetime is over after so many milliseconds, and why. */
function afterMs(lifetime: Lifetime, ms: number): Promise<string> {
  const wait = Promise.withResolvers<string>();
  const timer = setTimeout(() => wait.resolve("alive"), ms);
  return Promise.race([lifetime.over, wait.promise]).finally(() => clearTimeout(timer));
}

Deno.test("Lifetime ends unused when no session comes", async () => {
  assert.equal(await afterMs(new Lifetime(20), 500), "unused");
});

Deno.test("Lifetime goes on while there are sessions, and a second after the last", async () => {
  const lifetime = new Lifetime(20);
  lifetime.update(1);
  lifetime.update(2);
  assert.equal(await afterMs(lifetime, 100), "alive");
  lifetime.update(0);
  assert.equal(await afterMs(lifetime, 500), "alive");
  assert.equal(await afterMs(lifetime, 1000), "done");
});

Deno.test("Lifetime goes on when another session follows the last", async () => {
  const lifetime = new Lifetime(20);
  lifetime.update(1);
  lifetime.update(0);
  lifetime.update(1);
  assert.equal(await afterMs(lifetime, 1200), "alive");
  lifetime.restart();
  assert.equal(await afterMs(lifetime, 500), "unused");
});

Deno.test("Lifetime without an end goes on without sessions", async () => {
  const lifetime = new Lifetime(Infinity);
  assert.equal(await afterMs(lifetime, 50), "alive");
  lifetime.update(1);
  lifetime.update(0);
  assert.equal(await afterMs(lifetime, 1200), "alive");
});

Deno.test("Lifetime waits for our own first client, however short others stay", async () => {
  const lifetime = new Lifetime(1500);
  lifetime.update(1, 0);
  lifetime.update(0, 0);
  assert.equal(await afterMs(lifetime, 1200), "alive");
  assert.equal(await afterMs(lifetime, 1000), "unused");
});

Deno.test("Lifetime does not wait anew for sessions that had ended before", async () => {
  const lifetime = new Lifetime(10_000);
  lifetime.update(1);
  lifetime.update(0);
  lifetime.restart();
  assert.equal(await afterMs(lifetime, 1500), "done");
});
