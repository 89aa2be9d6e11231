import assert from "node:assert/strict";
import { permits } from "./access.ts";
import { S_IFDIR, S_IFREG, type Stat } from "./stat.ts";

const R = 4, W = 2, X = 1;
const DAC_OVERRIDE = 2n, DAC_READ_SEARCH = 4n;
const file = (mode: number, type = S_IFREG) => ({ mode: type | mode, uid: 10, gid: 20 }) as Stat;
const who = (uid: number, gid: number, groups: number[] = [], capabilities = 0n) => ({
  uid,
  gid,
  groups,
  capabilities,
});

Deno.test("permits takes the bits of the owner, the group or the others, and no other ones", () => {
  assert.equal(permits(file(0o604), who(10, 1), R | W), true);
  assert.equal(permits(file(0o064), who(10, 20), R), false);
  assert.equal(permits(file(0o640), who(1, 20), R), true);
  assert.equal(permits(file(0o640), who(1, 1, [20]), R), true);
  assert.equal(permits(file(0o604), who(1, 20), R), false);
  assert.equal(permits(file(0o640), who(1, 1), R), false);
  assert.equal(permits(file(0o000), who(1, 1), 0), true);
});

Deno.test("permits lets root do everything but execute what nobody may", () => {
  const root = who(0, 0, [], DAC_OVERRIDE);
  assert.equal(permits(file(0o000), root, R | W), true);
  assert.equal(permits(file(0o644), root, X), false);
  assert.equal(permits(file(0o100), root, X), true);
  assert.equal(permits(file(0o000, S_IFDIR), root, R | W | X), true);
});

Deno.test("permits knows the right to read everything", () => {
  const reader = who(1, 1, [], DAC_READ_SEARCH);
  assert.equal(permits(file(0o000), reader, R), true);
  assert.equal(permits(file(0o000), reader, W), false);
  assert.equal(permits(file(0o000, S_IFDIR), reader, R | X), true);
});
