/**
 * The one file works alone, and what it starts inherits what a native start would give it (M-006, M-018, M-019, M-020); by
 * whichever way it was made.
 */
import assert from "node:assert/strict";
import { staticGo } from "../../apps/static_go.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, quietEnv } from "../mirrord.ts";
import type { Way } from "../../../build/single_files.ts";
import { SingleFile } from "../single_file.ts";
import { target } from "../target/scene.ts";

const hygiene = new URL("../../apps/python/hygiene.py", import.meta.url).pathname;

/** The interpreter itself: a version manager's wrapper would be a program of its own. */
async function python(): Promise<string> {
  const { stdout } = await new Deno.Command("python3", { args: ["-c", "import sys; print(sys.executable)"] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Starts a command with SIGHUP ignored, SIGUSR1 blocked, descriptor 5 open, and a limit lowered, on a terminal. */
async function startedOddly(command: string[], env: Record<string, string>): Promise<string> {
  const script = `
import os, pty, resource, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
resource.setrlimit(resource.RLIMIT_NOFILE, (768, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
os.dup2(os.open("/dev/null", os.O_RDONLY), 5, inheritable=True)
reading, writing = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(writing, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(writing)
while data := os.read(reading, 65536): sys.stdout.buffer.write(data)
os.waitpid(pid, 0)
`;
  const child = new Deno.Command("python3", { args: ["-c", script, ...command], env: { ...quietEnv, ...env } });
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout).trim();
}

/** Signals 32 and 33 are the C library's own; Deno, by which tests start programs, leaves them ignored. */
const standardSignals = (1n << 31n) - 1n;
/** A compiled file is Deno from its first instruction, which takes HUP, INT, USR1, PIPE and TERM: it may not know what they were. */
const takenByDeno = [1n, 2n, 10n, 13n, 15n].reduce((mask, signal) => mask | 1n << (signal - 1n), 0n);

const ways: Way[] = ["launcher", "compile"];
const made = {} as Record<Way, SingleFile>;
let isolated: IsolatedTarget;
const disposal = new AsyncDisposableStack();

Deno.test.beforeAll(async () => {
  isolated = disposal.use(await IsolatedTarget.start());
  for (const way of ways) made[way] = disposal.use(await SingleFile.made(way));
});
Deno.test.afterAll(() => disposal.disposeAsync());

for (const way of ways) {
  const name = way === "compile" ? "made by deno compile" : "with our launcher";
  Deno.test(`the file alone, in an empty folder, runs a program in a target: ${name}`, () => runsAlone(made[way]));
  Deno.test(`a program inherits what a native start gives it: ${name}`, () => inheritsAll(made[way]));
  Deno.test(`the program has mirrord's pid, its exit code, and dies by its signals: ${name}`, () => becomes(made[way]));
  Deno.test(`a static program under the supervisor ends as natively: ${name}`, () => supervises(made[way]));
}

async function runsAlone(file: SingleFile): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-alone-" });
  try {
    await Deno.copyFile(file.path, `${folder}/mirrord`);
    const variables = [`HOME=${folder}`, `PATH=${Deno.env.get("PATH")}`];
    const command = new Deno.Command("env", {
      args: ["-i", ...variables, `${folder}/mirrord`, "exec", "-t", isolated.path, "--", "cat", target.file],
      cwd: folder,
      stdin: "null",
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(new TextDecoder().decode(stdout).split("\n").includes(target.content.trim()), true);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, [".cache", ".mirrord", "mirrord"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function inheritsAll(file: SingleFile): Promise<void> {
  const command = [await python(), hygiene, "one", "", "three words"];
  const native = JSON.parse(await startedOddly(command, {}));
  const here = JSON.parse(await startedOddly([file.path, "exec", "-t", isolated.path, "--", ...command], {}));
  const carried = ["LAYER_CONFIG", "LAYER_INTPROXY_ADDR", "PROGRESS_MODE", "RESOLVED_CONFIG"].map((name) =>
    `MIRRORD_${name}`
  );
  assert.deepEqual(here.leaks, [...new Set([...native.leaks, ...carried])].sort());
  const compared = file.way === "compile" ? standardSignals & ~takenByDeno : standardSignals;
  for (const { signals } of [native, here]) signals.SigIgn = String(BigInt(`0x${signals.SigIgn}`) & compared);
  assert.deepEqual({ ...here, leaks: [] }, { ...native, leaks: [] });
}

async function becomes(file: SingleFile): Promise<void> {
  const run = (command: string[]) => exec(isolated.path, command, { mirrord: file.path });
  assert.equal((await run(["/bin/sh", "-c", "exit 7"])).code, 7);
  assert.equal((await run([await python(), "-c", "import sys; sys.exit(7)"])).code, 7);
  assert.equal((await run(["sh", "-c", "kill -TERM $$"])).signal, "SIGTERM");
  const { stdout } = await run(["sh", "-c", "echo $$ $PPID"]);
  assert.equal(stdout.trim().split(" ")[1], String(Deno.pid), "its parent is who started mirrord");
}

async function supervises(file: SingleFile): Promise<void> {
  const program = await staticGo("observe");
  const command = [program, "X", "/srv/nowhere", "x", "http://x/"];
  const failing = await exec(isolated.path, command, { mirrord: file.path });
  assert.equal(failing.code, 1);
  assert.match(failing.stderr, /no such file or directory/);
}
