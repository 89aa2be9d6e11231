/**
 * When a program has ended, what it has written is at the target: whoever waits for it may look at once, however it ended
 * and whatever it was (M-101).
 */
import assert from "node:assert/strict";
import { staticGo } from "../../apps/static_go.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";

const write = ["--fs-mode", "write"];
const rounds = 50;
const killed = `import os, sys; f = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT); ` +
  `os.write(f, sys.argv[2].encode() + b"\\n"); os.kill(os.getpid(), 9)`;

/** Each writes the line `$2` into the file `$1`. */
const writers: Record<string, () => Promise<string> | string> = {
  "curl -o": () => `echo "$2" > /dev/shm/$$; curl -s -o "$1" "file:///dev/shm/$$"; rm /dev/shm/$$`,
  "bash, by a redirection of its own": () => `echo "$2" > "$1"`,
  "a program behind a redirection": () => `/bin/echo "$2" > "$1"`,
  "a subshell of several": () => `(/bin/echo -n "$2"; echo) > "$1"`,
  "a stream that exit closes": () => `awk -v text="$2" -v file="$1" 'BEGIN { print text > file }'`,
  "find -fprintf": () => `find /dev/null -fprintf "$1" "$2\\n"`,
  "python, which does not close": () =>
    `python3 -c 'import os, sys; os.write(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), b"%s\\n" % ` +
    `sys.argv[2].encode()); os._exit(0)' "$1" "$2"`,
  "python, through a mapping": () =>
    `python3 -c 'import mmap, os, sys; f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); t = sys.argv[2].encode() + b"\\n"; ` +
    `os.ftruncate(f, len(t)); m = mmap.mmap(f, len(t)); os.close(f); m[:] = t; os._exit(0)' "$1" "$2"`,
  "static Go": async () => `${await staticGo("write_file")} "$1" "$2"`,
  busybox: () => `busybox sh -c 'echo "$2" > "$1"' sh "$1" "$2"`,
  "a program that is killed": () => `python3 -c '${killed}' "$1" "$2" & wait $!`,
  "a static program that is killed": () => `busybox sh -c 'echo "$2" > "$1"; kill -9 $$' sh "$1" "$2" & wait $!`,
};

for (const [name, writer] of Object.entries(writers)) {
  Deno.test(`what was written is seen by whoever waits for the writer, ${rounds} times, or for mirrord: ${name}`, async () => {
    await using isolated = await IsolatedTarget.start();
    // Left alone, and so no way through the session.
    const look = `MIRRORD_DONT_LOAD=1 nsenter -t ${isolated.pid} -U -m --preserve-credentials cat`;
    const script = `writer() { ${await writer()}; }
for n in {1..${rounds}}; do writer /srv/$n "line $n" 2> /dev/null; seen=$(${look} /srv/$n)
[ "$seen" = "line $n" ] || echo "$n: $seen"; done; writer /srv/last "the last line" 2> /dev/null; exit 0`;
    const { stdout, code, stderr } = await exec(isolated.path, ["bash", "-c", script], { flags: write });
    assert.equal(await isolated.shell("cat /srv/last"), "the last line\n");
    assert.deepEqual([stdout, stderr, code], ["", "", 0]);
  });
}

const alone: Record<string, () => Promise<string[]>> = {
  python: () => Promise.resolve(["python3", "-c", "import sys; print(sys.argv[2], file=open(sys.argv[1], 'w'))"]),
  "static Go": async () => [await staticGo("write_file")],
  "a killed static program": () => Promise.resolve(["busybox", "sh", "-c", 'echo "$1" > "$0"; kill -9 $$']),
};

for (const [name, command] of Object.entries(alone)) {
  Deno.test(`the program that mirrord becomes has its files at the target when it ends: ${name}`, async () => {
    await using isolated = await IsolatedTarget.start();
    for (const text of ["one", "two", "three"]) {
      await exec(isolated.path, [...await command(), "/srv/file", text], { flags: write });
      assert.equal(await isolated.shell("cat /srv/file"), `${text}\n`);
    }
  });
}

Deno.test("what cannot be brought at the end is told, and the exit code stays the program's", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("mkdir /srv/small && mount -t tmpfs -o size=64k small /srv/small");
  const script = "head -c 900000 /dev/zero | tr '\\0' x > /srv/small/f; exit 7";
  const { code, stderr } = await exec(isolated.path, ["bash", "-c", script], { flags: write });
  assert.equal(code, 7);
  assert.match(stderr, /what was written to \/srv\/small\/f could not be brought to the target: no space left/);
});
