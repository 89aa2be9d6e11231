import assert from "node:assert/strict";
import { hasGlobalAddress } from "./order.ts";

Deno.test("hasGlobalAddress looks for addresses that reach beyond a link", () => {
  const loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
  const linkLocal = "fe80000000000000c81d69fffee41ff8 02 40 20 c0     eth0\n";
  const global = "fd990000000000000000000000000001 03 40 00 82     eth0\n";
  assert.equal(hasGlobalAddress(""), false);
  assert.equal(hasGlobalAddress(loopback + linkLocal), false);
  assert.equal(hasGlobalAddress(loopback + linkLocal + global), true);
});
