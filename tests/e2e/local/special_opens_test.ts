/** Unusual opens, holes and locks of the target's files: as in the target, through both doors (M-101, M-108, M-111). */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";

const program = ["python3", new URL("../../apps/python/special_opens.py", import.meta.url).pathname];

/** What can't be as in the target; docs/troubleshooting.md says why. */
const different: Record<string, string> = {
  "given a name": "EXDEV",
  "which leads to": "ENOENT",
  "openat2 below a descriptor": "ENOSYS",
  "openat2 that stays below": "ENOSYS",
  "openat2 without links": "ENOSYS",
};
const doors = [
  { door: "preload", exceptions: different },
  { door: "supervisor", exceptions: { ...different, "reading it": "b'0'", "its flags": "0o100000" } },
];

for (const { door, exceptions } of doors) {
  Deno.test(`unusual opens answer as in the target (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("mkdir /srv/native /srv/remote");
    const inside = ["-t", String(isolated.pid), "-U", "-m", "--preserve-credentials", ...program, "/srv/native"];
    const native = await new Deno.Command("nsenter", { args: inside, stderr: "inherit" }).output();
    const expected = new TextDecoder().decode(native.stdout);
    assert.match(expected, /O_EXCL by two processes: 200 won, 200 files\n/);
    await using configured = await withConfiguration({ feature: { fs: "write" }, experimental: { door } });
    const { stdout, stderr } = await exec(isolated.path, [...program, "/srv/remote"], { flags: configured.flags });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.split("\n"), expected.split("\n").map((line) => excepted(line, exceptions)));
  });
}

function excepted(line: string, exceptions: Record<string, string>): string {
  const name = line.split(": ")[0]!;
  return name in exceptions ? `${name}: ${exceptions[name]}` : line;
}
