import assert from "node:assert/strict";
import { parseProcessStatus } from "./process_status.ts";

Deno.test("parseProcessStatus tells who a process is", () => {
  const status = [
    "Name:\tserver",
    "NSpid:\t4711\t12\t1",
    "Uid:\t1000\t0\t0\t0",
    "Gid:\t2000\t5\t5\t5",
    "Groups:\t5 27 ",
    "CapEff:\t000001ffffffffff",
    "",
  ].join("\n");
  const shared = { groups: [5, 27], capabilities: 0x1ffffffffffn };
  assert.deepEqual(parseProcessStatus(status), {
    innerPid: 1,
    real: { uid: 1000, gid: 2000, ...shared },
    effective: { uid: 0, gid: 5, ...shared },
  });
});

Deno.test("parseProcessStatus knows processes without groups", () => {
  const { real } = parseProcessStatus("NSpid:\t7\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nGroups:\t \nCapEff:\t0\n");
  assert.deepEqual(real, { uid: 1, gid: 1, groups: [], capabilities: 0n });
});
