/**
 * Files of the target that are no ordinary ones, through both doors: FIFOs with one of the target's processes at the other
 * end, directories that are mounted read-only, other processes' /proc (M-101, M-108).
 */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, type Outcome, spawn } from "../mirrord.ts";
import { python } from "../programs.ts";

const doors = ["preload", "supervisor"];
const limited = "timeout 30";

for (const door of doors) {
  const run = async (isolated: IsolatedTarget, command: string[], fs: unknown = "write"): Promise<Outcome> => {
    await using configured = await withConfiguration({ feature: { fs }, experimental: { door } });
    return await exec(isolated.path, command, { flags: configured.flags });
  };

  Deno.test(`what a program writes to a FIFO is read by the target (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("mkfifo /srv/fifo");
    const reader = isolated.shell(`sleep 0.3; ${limited} cat /srv/fifo | (sleep 0.3; md5sum); seq 100000 | md5sum`);
    // More than the pipes hold, to a reader that comes late.
    const { code, stdout, stderr } = await run(isolated, [
      "bash",
      "-c",
      "seq 100000 > /srv/fifo; stat -Lc %F /srv/fifo",
    ]);
    assert.deepEqual([stderr, stdout, code], ["", "fifo\n", 0]);
    const [got, wanted] = (await reader).split("\n");
    assert.equal(got, wanted);
  });

  Deno.test(`a FIFO without a reader, and one whose reader goes (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("mkfifo /srv/fifo /srv/silent");
    const program = python(`
import errno, os, signal, time
try: os.open("/srv/silent", os.O_WRONLY | os.O_NONBLOCK)
except OSError as error: print(errno.errorcode[error.errno])
fd = os.open("/srv/fifo", os.O_WRONLY)
print(os.write(fd, b"to be read\\n"), flush=True)
try:
    for turn in range(1000):
        os.write(fd, b"x")
        time.sleep(0.01)
except BrokenPipeError: print("broken")`);
    const reader = isolated.shell(`sleep 0.5; ${limited} head -n 1 /srv/fifo`);
    const { stdout, stderr } = await run(isolated, program);
    assert.deepEqual([stdout, stderr], ["ENXIO\n11\nbroken\n", ""]);
    assert.equal(await reader, "to be read\n");
  });

  Deno.test(`a program that is killed while it waits for a FIFO's reader leaves nothing (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("mkfifo /srv/fifo");
    await using configured = await withConfiguration({ feature: { fs: "write" }, experimental: { door } });
    const program = spawn(isolated.path, ["sh", "-c", "echo $$; echo x > /srv/fifo"], { flags: configured.flags });
    const lines = program.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const pid = Number((await lines.read()).value);
    await new Promise((resolve) => setTimeout(resolve, 300));
    Deno.kill(pid, "SIGTERM");
    assert.equal((await program.status).signal, "SIGTERM");
    await Promise.all([lines.cancel(), program.stderr.cancel()]);
    const read = () => isolated.shell("timeout 1 cat /srv/fifo; echo $?");
    assert.equal(await eventually(read, "124\n"), "124\n");
  });

  Deno.test(`a directory that is mounted read-only says EROFS (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell(
      "mkdir /srv/kept /srv/shown; echo kept > /srv/kept/file; mount --bind /srv/kept /srv/shown; " +
        "mount -o remount,bind,ro /srv/shown",
    );
    const program = python(`
import errno, os
def attempt(act, *arguments):
    try: print(act(*arguments))
    except OSError as error: print(errno.errorcode[error.errno])
attempt(os.open, "/srv/shown/file", os.O_RDWR)
attempt(os.open, "/srv/shown/new", os.O_WRONLY | os.O_CREAT, 0o600)
attempt(os.open, "/srv/shown/file", os.O_RDONLY | os.O_TRUNC)
attempt(os.mkdir, "/srv/shown/directory")
attempt(os.unlink, "/srv/shown/file")
attempt(os.truncate, "/srv/shown/file", 1)
attempt(os.access, "/srv/shown/file", os.W_OK)
print(open("/srv/shown/file").read(), end="")`);
    const { stdout, stderr } = await run(isolated, program);
    assert.deepEqual([stdout, stderr], [`${"EROFS\n".repeat(6)}False\nkept\n`, ""]);
    assert.equal(await isolated.shell("cat /srv/kept/file"), "kept\n");
  });

  Deno.test(`the target's /proc: no sizes, and new content at each open (${door})`, async () => {
    await using isolated = await IsolatedTarget.start();
    const program = python(`
import os, sys
pid = sys.argv[1]
print(os.stat(f"/proc/{pid}/status").st_size, f"Pid:\\t{pid}\\n" in open(f"/proc/{pid}/status").read())
print(open(f"/proc/{pid}/comm").read(), end="")
looks = {open("/proc/uptime").read() for turn in range(20) if [sum(range(200000))]}
print(len(looks) > 1)
print(str(os.getpid()) in os.listdir("/proc"), os.readlink("/proc/self") == str(os.getpid()))`);
    const fs = { mode: "read", read_only: [`^/proc/${isolated.pid}/`, "^/proc/uptime$"] };
    const { stdout, stderr } = await run(isolated, [...program, String(isolated.pid)], fs);
    const name = await isolated.shell(`cat /proc/${isolated.pid}/comm`);
    assert.deepEqual([stdout, stderr], [`0 True\n${name}True\nTrue True\n`, ""]);
  });
}
