import assert from "node:assert/strict";
import { createLog, openLogFile, parseLevel } from "./log.ts";

Deno.test("parseLevel() takes mirrord's own level of a filter", () => {
  assert.equal(parseLevel("mirrord=info,warn"), "info");
  assert.equal(parseLevel("warn,mirrord=trace"), "trace");
  assert.equal(parseLevel("debug"), "debug");
  assert.equal(parseLevel("hyper=trace,error"), "error");
  assert.equal(parseLevel("nonsense"), "info");
});

Deno.test("createLog() writes lines up to its level", () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", json: false, write: (line) => lines.push(line), now: () => new Date(0) });
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

Deno.test("openLogFile() makes a file only its owner may read, with one JSON object a line", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-log-test-" });
  try {
    const file = openLogFile({ destination: null, folder, session: "ab", level: "info", json: true });
    file.log.info('say "hi"');
    file.close();
    file.log.info("after the end");
    const lines = (await Deno.readTextFile(file.path)).trim().split("\n");
    assert.equal(lines.length, 1);
    assert.equal(JSON.parse(lines[0]).text, 'say "hi"');
    assert.equal((await Deno.stat(file.path)).mode! & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
