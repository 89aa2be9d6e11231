/** A program started by `mirrord exec` finds everything as one that was started natively. */
import assert from "node:assert/strict";
import { execute, openStage, ready, type RunOptions } from "./testing/stage.ts";

/** Output of a program started natively and by mirrord, in the same surroundings. */
async function bothWays(command: string[], options: RunOptions = {}): Promise<{ native: string; ours: string }> {
  await using stage = await openStage();
  const native = await execute(command, options);
  const ours = await stage.run(["exec", "--", ...command], options);
  assert.equal(ours.code, native.code, ours.stderr);
  return { native: native.stdout, ours: ours.stdout };
}

/** SigQ counts what is queued for the whole user: other programs change it. */
const statusFields = /^(Sig(?!Q)|Shd|Cap|NoNewPrivs|Seccomp|Cpus_allowed|Umask|Threads|Groups|Uid|Gid)/;

/**
 * Signals 32 and 33 belong to the C library's threads. Deno.Command, by which the tests start programs, leaves them ignored,
 * and the C library's start undoes that for one of them.
 */
const libraryOwnSignals = 0b11n << 31n;

function selectedStatus(text: string): string[] {
  return text.split("\n").filter((line) => statusFields.test(line)).map((line) => {
    const ignored = /^SigIgn:\s*(\w+)/.exec(line);
    return ignored === null ? line : `SigIgn: ${BigInt(`0x${ignored[1]}`) & ~libraryOwnSignals}`;
  });
}

Deno.test("exec leaves signal mask, ignored and caught signals and rights as they were", async () => {
  const { native, ours } = await bothWays(["cat", "/proc/self/status"]);
  assert.deepEqual(selectedStatus(ours), selectedStatus(native));
  assert.ok(selectedStatus(native).length >= 10);
});

Deno.test("exec leaves signals ignored that the caller ignores, and SIGPIPE in its default", async () => {
  const shell = 'trap "" HUP TERM; exec "$@"';
  const { native, ours } = await bothWays(["cat", "/proc/self/status"], { shell });
  assert.deepEqual(selectedStatus(ours), selectedStatus(native));
  const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)/m.exec(ours)![1]}`);
  assert.equal(ignored & (1n << 12n), 0n, "SIGPIPE is not ignored");
  assert.notEqual(ignored & (1n << 14n), 0n, "SIGTERM is ignored");
});

Deno.test("exec leaves limits as they were, that of open files included", async () => {
  const shell = 'ulimit -Sn 347; ulimit -Sc 0; "$@"; exit $?';
  const { native, ours } = await bothWays(["cat", "/proc/self/limits"], { shell });
  assert.equal(ours, native);
  assert.match(ours, /^Max open files\s+347\s/m);
});

Deno.test("exec leaves the open descriptors and their modes as they were", async () => {
  const shell = 'exec 7</dev/null 9>>/dev/null; "$@"; exit $?';
  const names = 'for fd in /proc/self/fd/*; do echo "${fd##*/}"; done; grep flags /proc/self/fdinfo/*';
  const { native, ours } = await bothWays(["sh", "-c", names], { shell });
  assert.equal(ours, native);
  assert.match(ours, /^7$/m);
});

Deno.test("exec adds its own variables to the environment, and none of the runtime's", async () => {
  await using stage = await openStage();
  const env = { MINE: "1", DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`, ODD: "a=b\nc" };
  const native = await execute(["env", "-0"], { env });
  const ours = await stage.run(["exec", "--", "env", "-0"], { env });
  const added = ours.stdout.split("\0").filter((entry) => !native.stdout.split("\0").includes(entry));
  const lost = native.stdout.split("\0").filter((entry) => !ours.stdout.split("\0").includes(entry));
  assert.deepEqual(lost, []);
  assert.deepEqual(added.map((entry) => entry.split("=")[0]).sort(), [
    "FROM_TARGET",
    "LD_PRELOAD",
    "MIRRORD_LAYER_CONFIG",
    "MIRRORD_LAYER_INTPROXY_ADDR",
    "MIRRORD_PROGRESS_MODE",
    "MIRRORD_RESOLVED_CONFIG",
  ]);
});

Deno.test("exec keeps an LD_PRELOAD of the user's in front", async () => {
  await using stage = await openStage();
  const env = { LD_PRELOAD: ready.layer.library };
  const { stdout } = await stage.run(["exec", "--", "printenv", "LD_PRELOAD"], { env });
  assert.equal(stdout, `${ready.layer.library}:${ready.layer.library}\n`);
});

Deno.test("the program has the pid that was started, and no child", async () => {
  await using stage = await openStage();
  const script = 'echo $$; grep -lE "^PPid:[[:space:]]*$$\\$" /proc/[0-9]*/status 2>/dev/null | wc -l';
  const result = await stage.run(["exec", "--", "sh", "-c", script]);
  // The two that the shell started itself: grep and wc.
  const [pid, children] = result.stdout.trim().split("\n");
  assert.equal(Number(pid), result.pid);
  assert.equal(Number(children), 2);
});

Deno.test("exit code and signal of the program are what the caller sees", async () => {
  await using stage = await openStage();
  assert.equal((await stage.run(["exec", "sh", "-c", "exit 7"])).code, 7);
  assert.equal((await stage.run(["exec", "sh", "-c", "kill -TERM $$"])).signal, "SIGTERM");
});

Deno.test("argv arrives as it was typed, bytes that are no UTF-8 included", async () => {
  const shell = '"$@" "$(printf "\\377\\303")" "" " a  b " --flag -t x -- "\'"; exit $?';
  const command = ["sh", "-c", 'printf "%s|" "$0" "$@" | od -An -tx1'];
  const { native, ours } = await bothWays(command, { shell });
  assert.equal(ours, native);
  assert.match(ours, /ff c3/);
});

Deno.test("a script sees itself under the name it was typed by", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-scripts-" });
  await Deno.writeTextFile(`${folder}/with_line`, '#!/bin/sh\necho "$0 $1"\n', { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/without_line`, 'echo "$0 $1"\n', { mode: 0o755 });
  await using stage = await openStage();
  const options = { cwd: folder };
  assert.equal((await stage.run(["exec", "./with_line", "1"], options)).stdout, "./with_line 1\n");
  assert.equal((await stage.run(["exec", "./without_line", "1"], options)).stdout, "./without_line 1\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("terminal flags and size are as they were", async () => {
  const typescript = (
    command: string[],
  ) => ["script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"];
  await using stage = await openStage();
  const env = { MIRRORD_HOME: stage.folder, MIRRORD_SELF: `${stage.folder}/proxy`, MIRRORD_PROGRESS_MODE: "std" };
  const main = new URL("../main.ts", import.meta.url).pathname;
  const native = await execute(typescript(["stty", "-a"]), { env });
  const ours = await execute(typescript([Deno.execPath(), "run", "-A", main, "exec", "--", "stty", "-a"]), { env });
  assert.match(native.stdout, /icanon/);
  assert.ok(ours.stdout.endsWith(native.stdout), ours.stdout);
});
