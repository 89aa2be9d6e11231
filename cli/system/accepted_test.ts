import assert from "node:assert/strict";
import { accepted } from "./accepted.ts";

Deno.test("a failed accept is told, and the next connection is had; closing ends it", async () => {
  const outcomes: (string | Error)[] = [
    "one",
    new Deno.errors.NotConnected("gone"),
    "two",
    new Deno.errors.BadResource("closed"),
  ];
  const listener = {
    accept() {
      const outcome = outcomes.shift()!;
      return typeof outcome === "string" ? Promise.resolve(outcome) : Promise.reject(outcome);
    },
  };
  const failures: unknown[] = [];
  assert.deepEqual(await Array.fromAsync(accepted(listener, (error) => failures.push(error))), ["one", "two"]);
  assert.deepEqual(failures.map(String), ["NotConnected: gone"]);
});

Deno.test("a real listener's iteration ends when it is closed", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const client = await Deno.connect({ port: listener.addr.port });
  let count = 0;
  for await (const connection of accepted(listener)) {
    connection.close();
    count++;
    setTimeout(() => listener.close(), 10);
  }
  client.close();
  assert.equal(count, 1);
});
