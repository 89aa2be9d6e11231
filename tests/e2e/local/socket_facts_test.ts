/** What the calls about sockets answer under mirrord, through both doors, is what they answer in the target. */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";
import { address, datagramPort, echoPort, refusedPort, unreachableAddress } from "../target/scene.ts";

const program = [
  "python3",
  new URL("../../apps/python/socket_facts.py", import.meta.url).pathname,
  ...[address, String(echoPort), String(refusedPort), String(datagramPort), unreachableAddress],
];

for (const door of ["preload", "supervisor"]) {
  Deno.test(`sockets answer as in the target (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    const inside = ["-t", String(isolated.pid), "-U", "-n", "--preserve-credentials", ...program];
    const native = await new Deno.Command("nsenter", { args: inside, stderr: "inherit" }).output();
    const expected = new TextDecoder().decode(native.stdout);
    assert.match(expected, /^connect, refused, not blocking: EINPROGRESS\n[^]*its own: \(True, True\)\n$/);
    await using configured = await withConfiguration({ experimental: { door } });
    const { stdout, stderr } = await exec(isolated.path, program, { flags: configured.flags });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), expected.split("\n"));
  });
}
