import assert from "node:assert/strict";
import { statusText } from "./status.ts";

Deno.test("status shows a line a session, with its age in two units", () => {
  const session = {
    version: "0.1.0",
    holder: "me@here",
    logPath: null,
    proxyPid: 1,
    target: "pod/x",
    programPid: 42,
    command: ["node", "a\x1bb"],
  };
  const now = 1_000_000_000;
  const ages = { a: 5, b: 65, c: 3725, d: 97_200 };
  const sessions = Object.entries(ages).map(([id, age]) => ({ ...session, id, startedMs: now - age * 1000 }));
  assert.equal(
    statusText(sessions, now),
    [
      "ID  TARGET  PID  AGE    COMMAND",
      "a   pod/x   42   5s     node a\ufffdb",
      "b   pod/x   42   1m05s  node a\ufffdb",
      "c   pod/x   42   1h02m  node a\ufffdb",
      "d   pod/x   42   1d03h  node a\ufffdb",
      "",
    ].join("\n"),
  );
  assert.equal(statusText([], now), "No sessions.\n");
});
