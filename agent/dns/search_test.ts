import assert from "node:assert/strict";
import { candidateNames } from "./search.ts";

const config = { search: ["shop.svc.cluster.local", "cluster.local"], ndots: 2 };

Deno.test("candidateNames appends the search domains first to names with few dots", () => {
  assert.deepEqual(candidateNames("web", config), ["web.shop.svc.cluster.local", "web.cluster.local", "web"]);
  assert.deepEqual(candidateNames("a.b", config), ["a.b.shop.svc.cluster.local", "a.b.cluster.local", "a.b"]);
  assert.deepEqual(candidateNames("a.b.c", config), ["a.b.c", "a.b.c.shop.svc.cluster.local", "a.b.c.cluster.local"]);
});

Deno.test("candidateNames appends nothing to a name that ends in a dot", () => {
  assert.deepEqual(candidateNames("web.", config), ["web"]);
});
