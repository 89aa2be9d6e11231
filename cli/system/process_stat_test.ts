import assert from "node:assert/strict";
import { parseProcessStat, readProcessStat } from "./process_stat.ts";

Deno.test("parseProcessStat() is not taken in by a program's name", () => {
  const text = "7 (a) Z 1 (b) S 1 7 7 34816 7 4194304 105 0 0 0 0 0 0 0 20 0 1 0 8712345 1000 2 1844";
  assert.deepEqual(parseProcessStat(text), { state: "S", terminal: 34816, startTicks: 8712345 });
});

Deno.test("readProcessStat() knows this process, and that there is no process 0", () => {
  const { state, startTicks } = readProcessStat(Deno.pid)!;
  assert.match(state, /^[RSD]$/);
  assert.ok(startTicks > 0);
  assert.equal(readProcessStat(0), null);
});
