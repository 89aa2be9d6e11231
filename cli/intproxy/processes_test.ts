import assert from "node:assert/strict";
import { Poller } from "../system/poller.ts";
import { endProcesses, isVisible, openProcess, sessionProcesses } from "./processes.ts";

function sleeper(marker: string): Deno.ChildProcess {
  return new Deno.Command("/bin/sleep", { args: ["60"], env: { MARKER: marker }, stderr: "piped" }).spawn();
}

Deno.test("processes are found by a variable they inherited, and ended with a reason", async () => {
  const marker = crypto.randomUUID();
  const child = sleeper(marker);
  const poller = new Poller();
  try {
    const marks = { variable: `MARKER=${marker}`, mappedFile: "/no/such/file" };
    assert.deepEqual(sessionProcesses(marks), [child.pid]);
    assert.equal(isVisible(child.pid), true);
    await endProcesses([child.pid], "the test is over", poller);
    assert.equal((await child.status).signal, "SIGTERM");
    assert.equal(await new Response(child.stderr).text(), "mirrord: the test is over\n");
    assert.deepEqual(sessionProcesses(marks), []);
  } finally {
    await poller.stop();
  }
});

Deno.test("processes are found by a file they map, whatever they did to their variables", async () => {
  const child = sleeper("none");
  const marks = { variable: `MARKER=${crypto.randomUUID()}`, mappedFile: "/sleep" };
  for (let waitedMs = 0; !sessionProcesses(marks).includes(child.pid); waitedMs += 5) {
    assert.ok(waitedMs < 2000, "the process was not found by its executable");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill("SIGKILL");
  await child.status;
  await child.stderr.cancel();
});

Deno.test("a pid that means another process now is not opened", () => {
  assert.equal(openProcess(Deno.pid, 1), null);
  openProcess(Deno.pid)!.close();
  assert.equal(openProcess(0x3fffffff), null);
});
