import assert from "node:assert/strict";
import { BoundedMap } from "./bounded_map.ts";

Deno.test("a full map forgets what was used longest ago, and says so", () => {
  const evicted: string[] = [];
  const map = new BoundedMap<string, number>(2, (key) => evicted.push(key));
  map.set("a", 1);
  map.set("b", 2);
  assert.equal(map.get("a"), 1);
  map.set("c", 3);
  assert.deepEqual(evicted, ["b"]);
  map.set("a", 4);
  assert.deepEqual([map.size, map.get("a"), map.get("b"), map.get("c")], [2, 4, undefined, 3]);
  assert.equal(map.delete("a"), true);
  assert.deepEqual([...map.entries()], [["c", 3]]);
});
