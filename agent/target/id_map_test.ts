import assert from "node:assert/strict";
import { IdMap } from "./id_map.ts";

Deno.test("IdMap of a namespace like ours changes nothing", () => {
  const map = new IdMap("         0          0 4294967295\n");
  for (const id of [0, 1, 1000, 65534, 4294967294]) assert.equal(map.inner(id), id);
});

Deno.test("IdMap tells the target's numbers, and nobody for those it has not", () => {
  const map = new IdMap("0 100000 1000\n1000 1000 1\n1001 101001 64535\n");
  assert.equal(map.inner(100000), 0);
  assert.equal(map.inner(100999), 999);
  assert.equal(map.inner(1000), 1000);
  assert.equal(map.inner(101001), 1001);
  assert.equal(map.inner(0), 65534);
  assert.equal(map.inner(101000), 65534);
});
