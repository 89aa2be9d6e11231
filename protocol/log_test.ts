import assert from "node:assert/strict";
import { createLog, parseLevel } from "./log.ts";

Deno.test("parseLevel() takes mirrord's own level of a filter", () => {
  assert.equal(parseLevel("mirrord=info,warn"), "info");
  assert.equal(parseLevel("warn,mirrord=trace"), "trace");
  assert.equal(parseLevel("debug"), "debug");
  assert.equal(parseLevel("hyper=trace,error"), "error");
  assert.equal(parseLevel("nonsense"), "info");
});

Deno.test("createLog() writes lines up to its level", () => {
  const lines: string[] = [];
  const log = createLog({
    level: "warn",
    json: false,
    source: "proxy",
    write: (line) => lines.push(line),
    now: () => new Date(0),
  });
  log.error("one");
  log.warn("two");
  log.info("three");
  log.line(1, "four", "layer 12");
  assert.deepEqual(lines, [
    "1970-01-01T00:00:00.000Z error proxy: one",
    "1970-01-01T00:00:00.000Z warn proxy: two",
    "1970-01-01T00:00:00.000Z warn layer 12: four",
  ]);
  assert.equal(log.writes("warn"), true);
  assert.equal(log.writes("info"), false);
});
