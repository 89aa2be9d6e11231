/** Calls that wait for others, in the layer's hands: each gets its own answer, and signals and limits end it as ever. */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";
import { address, echoPort } from "../target/scene.ts";

Deno.test("threads that wait in accept at once each get connections, whatever comes while an answer is on its way", async () => {
  await using isolated = await IsolatedTarget.start();
  const program = await cProgram("accepting_many", { flags: ["-static"] });
  for (const threads of ["1", "4"]) {
    const { stdout, stderr } = await exec(isolated.path, [program, threads, "400"]);
    assert.deepEqual([stdout, stderr], ["800 800\n", ""]);
  }
});

Deno.test("a listener that is shared with a process that is not served holds nobody up", async () => {
  await using isolated = await IsolatedTarget.start();
  await using configured = await withConfiguration({ skip_processes: ["left-alone"] });
  const program = await cProgram("accepting_shared", { flags: ["-static"] });
  const { stdout, stderr } = await exec(isolated.path, [program, "400"], { flags: configured.flags });
  assert.equal(stderr, "");
  assert.match(stdout, /^400 in all, both had some, the longest call [0-9]+ ms\n$/);
  assert.ok(Number(/(\d+) ms/.exec(stdout)![1]) < 2000, stdout);
});

/** A port of the target whose packets are dropped: whoever connects there waits. */
const silentPort = 9100;
const silence = "add table inet silent; add chain inet silent in { type filter hook input priority 0; }; " +
  `add rule inet silent in tcp dport ${silentPort} drop`;

Deno.test("a blocking connect is interrupted by a signal and ended by its limit as in the target, through both doors", async () => {
  await using isolated = await IsolatedTarget.start();
  const inside = async (...command: string[]) => {
    const args = ["-t", String(isolated.pid), "-U", "-n", "--preserve-credentials", ...command];
    const { code, stdout } = await new Deno.Command("nsenter", { args, stderr: "inherit" }).output();
    assert.equal(code, 0);
    return new TextDecoder().decode(stdout);
  };
  await inside("nft", silence);
  const words = [address, String(silentPort), address, String(echoPort)];
  const program = await cProgram("connecting_interrupted");
  const expected = await inside(program, ...words);
  assert.match(expected, /^interrupted: Interrupted system call\n/);
  for (const each of [program, await cProgram("connecting_interrupted", { flags: ["-static"] })]) {
    const { stdout, stderr } = await exec(isolated.path, [each, ...words]);
    assert.deepEqual([stdout, stderr], [expected, ""]);
  }
});
