/**
 * What changes at the target while programs look at it: watched files and directories, directories that stay open, logs
 * that grow, are cut and rotated; and an agent that is killed while files are open (M-101, M-108).
 */
import assert from "node:assert/strict";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec, spawn } from "../mirrord.ts";
import { python } from "../programs.ts";
import { agentsOf } from "../running_session.ts";

const watcher = new URL("../../apps/python/watch.py", import.meta.url).pathname;
const doors = ["preload", "supervisor"];
const limitMs = 20_000;

/** A program under mirrord whose output is read while it runs. */
class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #text = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) this.#text += text;
  }

  /** Waits until the program has said each of these lines. */
  async says(...lines: string[]): Promise<void> {
    const missing = () => lines.filter((line) => !this.#text.split("\n").includes(line));
    for (const end = performance.now() + limitMs; missing().length > 0;) {
      assert.ok(performance.now() < end, `not said: ${missing()}\n${this.#text}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await Promise.all([this.#child.status, this.#reading, this.#child.stderr.cancel()]);
  }
}

async function start(
  door: string,
  isolated: IsolatedTarget,
  command: string[],
  flags: string[] = [],
): Promise<Running> {
  await using configuration = await withConfiguration({ experimental: { door } });
  const running = new Running(spawn(isolated.path, command, { flags: [...flags, ...configuration.flags] }));
  await running.says("ready");
  return running;
}

for (const door of doors) {
  Deno.test(`${door}: inotify tells what changes in a directory of the target, and in a file`, async () => {
    await using isolated = await IsolatedTarget.start();
    await using program = await start(door, isolated, ["python3", watcher, "/srv/folder", "/srv/greeting.txt"]);
    await isolated.shell("touch /srv/folder/new; mkdir /srv/folder/made");
    await program.says("/srv/folder create new", "/srv/folder create made");
    await isolated.shell("echo more >> /srv/folder/alpha; echo more >> /srv/greeting.txt");
    await program.says("/srv/folder modify alpha", "/srv/folder close_write alpha", "/srv/greeting.txt modify ");
    await isolated.shell("cd /srv/folder; rmdir made; mv new newer; echo other > x; mv x beta");
    await program.says("/srv/folder delete made", "/srv/folder delete new", "/srv/folder create newer");
    // Another file under the same name.
    await program.says("/srv/folder delete beta", "/srv/folder create beta");
  });

  Deno.test(`${door}: a directory that stays open has its new names when it is read again`, async () => {
    await using isolated = await IsolatedTarget.start();
    const text = `
import os, time
opened = os.open("/srv/folder", os.O_RDONLY)
print(" ".join(sorted(os.listdir(opened))))
print("ready", flush=True)
said = None
while True:
    names = " ".join(sorted(os.listdir(opened))) + ", " + " ".join(sorted(os.listdir("/srv/folder")))
    if names != said: print(names, flush=True)
    said = names
    # The names are also new without a look by path.
    for _ in range(50):
        time.sleep(0.1)
        if sorted(os.listdir(opened)) != said.split(",")[0].split(): break`;
    await using program = await start(door, isolated, python(text));
    await program.says("alpha below beta gamma");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await isolated.shell("cd /srv/folder; rm beta; touch later");
    await program.says("alpha below gamma later, alpha below gamma later");
  });

  Deno.test(`${door}: tail follows logs that grow, are cut and rotated`, async () => {
    await using isolated = await IsolatedTarget.start();
    await isolated.shell("echo ready > /srv/log; echo begin > /srv/other");
    await using program = await start(door, isolated, ["tail", "-q", "-n", "1", "-F", "/srv/log", "/srv/other"]);
    await program.says("begin");
    await isolated.shell("echo grown >> /srv/log; echo more >> /srv/other");
    await program.says("grown", "more");
    await isolated.shell(": > /srv/other; mv /srv/log /srv/log.1; echo rotated > /srv/log");
    await program.says("rotated");
    await isolated.shell("echo after >> /srv/other; echo next >> /srv/log");
    await program.says("after", "next");
  });
}

Deno.test("files that are open when the agent is killed stay as they are, and what is written then arrives", async () => {
  await using isolated = await IsolatedTarget.start();
  await isolated.shell("seq 200000 > /srv/long; echo log > /srv/log");
  const text = `
import os, time
long = open("/srv/long"); first = long.readline()
written = open("/srv/written", "w+"); written.write("before\\n"); written.flush()
log = open("/srv/log", "a"); growing = open("/srv/growing", "w+")
directory = os.open("/srv/folder", os.O_RDONLY)
os.chdir("/srv/folder")
print("ready", flush=True)
while not os.path.exists("/srv/killed"): time.sleep(0.1)
rest = long.read()
print(len(first + rest), (first + rest).endswith("199999\\n200000\\n"))
written.write("after\\n"); written.flush(); written.seek(0); print(written.read().split())
log.write("appended\\n"); log.close()
os.fsync(written.fileno())
print(sorted(os.listdir(directory)), open("alpha").read(), os.getcwd(), open("/srv/greeting.txt").read().strip())
open("relative", "w").write("new")
print("over", flush=True)
time.sleep(60)`;
  await using program = await start("preload", isolated, python(text), ["--fs-mode", "write"]);
  const agents = agentsOf(isolated.pid);
  assert.ok(agents.length > 0);
  for (const pid of agents) Deno.kill(pid, "SIGKILL");
  await isolated.shell("touch /srv/killed");
  await program.says(
    "1288895 True",
    "['before', 'after']",
    "['alpha', 'below', 'beta', 'gamma'] alpha /srv/folder hello from the target",
    "over",
  );
  const seen = () => isolated.shell("cat /srv/written /srv/log /srv/folder/relative");
  const expected = "before\nafter\nlog\nappended\nnew";
  assert.equal(await eventually(seen, expected), expected);
});

Deno.test("a watch goes on when the agent was killed", async () => {
  await using isolated = await IsolatedTarget.start();
  await using program = await start("preload", isolated, ["python3", watcher, "/srv/folder", "/srv/greeting.txt"]);
  for (const pid of agentsOf(isolated.pid)) Deno.kill(pid, "SIGKILL");
  await isolated.shell("touch /srv/folder/new; echo more >> /srv/greeting.txt");
  await program.says("/srv/folder create new", "/srv/greeting.txt modify ");
});

Deno.test("a listing is as fresh as the target's, each time", async () => {
  await using isolated = await IsolatedTarget.start();
  const script = "for i in 1 2 3; do ls /srv/folder | tr '\\n' ' '; cat /srv/step 2> /dev/null; " +
    "until test -e /srv/folder/step$i; do sleep 0.05; done; done; ls /srv/folder | tail -n 1";
  const outcome = exec(isolated.path, ["bash", "-c", script]);
  for (const step of [1, 2, 3]) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    await isolated.shell(`touch /srv/folder/step${step}`);
  }
  const { code, stdout, stderr } = await outcome;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(stdout.endsWith("step3\n"), stdout);
  assert.ok(stdout.includes("gamma step1 "), stdout);
});
