import assert from "node:assert/strict";
import { openLogFile } from "./log.ts";

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
