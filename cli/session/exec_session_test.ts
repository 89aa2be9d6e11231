import assert from "node:assert/strict";
import { openStage, ready } from "./testing/stage.ts";

const json = { MIRRORD_PROGRESS_MODE: "json" };

Deno.test("exec shows the proxy's steps, then the summary, then becomes the program", async () => {
  await using stage = await openStage([
    { type: "task", id: 1, parent: null, name: "creating agent" },
    { type: "task", id: 2, parent: 1, name: "pulling image" },
    { type: "info", message: "image is here" },
    { type: "finished", id: 2, success: true, message: null },
    { type: "finished", id: 1, success: true, message: "agent created" },
    { type: "warning", message: "beware" },
    ready,
  ]);
  const { stdout } = await stage.run(["exec", "-t", "pod/test", "echo", "done"], { env: json });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.pop(), "done");
  const messages = lines.map((line) => JSON.parse(line));
  const summaryStart = messages.findIndex((message) => message.name === "config summary");
  assert.deepEqual(messages.slice(0, summaryStart), [
    { type: "NewTask", name: "mirrord exec", parent: null },
    { type: "NewTask", name: "preparing to launch process", parent: "mirrord exec" },
    { type: "NewTask", name: "creating agent", parent: "preparing to launch process" },
    { type: "NewTask", name: "pulling image", parent: "creating agent" },
    { type: "Info", message: "image is here" },
    { type: "FinishedTask", name: "pulling image", success: true, message: null },
    { type: "FinishedTask", name: "creating agent", success: true, message: "agent created" },
    { type: "Warning", message: "beware" },
    { type: "FinishedTask", name: "preparing to launch process", success: true, message: null },
  ]);
  const infos = messages.filter((message) => message.type === "Info").map((message) => message.message);
  assert.ok(infos.includes("mirrord will target: pod/test, the configuration file is none"));
  assert.deepEqual(messages.at(-1), { type: "FinishedTask", name: "mirrord exec", success: true, message: "Ready!" });
});

Deno.test("exec orders the session: program, pid, folders and holder", async () => {
  await using stage = await openStage();
  const env = { USER: "alice", HOME: "/home/alice", MIRRORD_PROGRESS_MODE: "off" };
  const { pid } = await stage.run(["exec", "-t", "pod/x", "cat", "/dev/null"], { env, cwd: stage.folder });
  const order = await stage.order();
  assert.equal(order.pid, pid);
  assert.ok(Number(order.pidStartTicks) > 0);
  assert.match(String(order.sessionId), /^[0-9a-f]{16}$/);
  assert.equal(order.holder, `alice@${Deno.hostname()}`);
  assert.equal(order.home, "/home/alice");
  assert.equal(order.cwd, await Deno.realPath(stage.folder));
  const program = order.program as { path: string; argv: string[] };
  assert.match(program.path, /^\/.*\/cat$/);
  assert.deepEqual(program.argv, ["cat", "/dev/null"]);
});

Deno.test("exec tells the proxy's error and help, and shows its open steps as failed", async () => {
  await using stage = await openStage([
    { type: "task", id: 1, parent: null, name: "creating agent" },
    { type: "error", message: "the pod `x` is not there", help: "kubectl get pods" },
  ]);
  const { code, stdout, stderr } = await stage.run(["exec", "echo", "never"], { env: json });
  assert.equal(code, 1);
  assert.equal(stderr, "Error: the pod `x` is not there\nhelp: kubectl get pods\n");
  const finished = stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).filter((one) =>
    one.type === "FinishedTask"
  );
  assert.deepEqual(finished.map((one) => [one.name, one.success]), [
    ["creating agent", false],
    ["preparing to launch process", false],
    ["mirrord exec", false],
  ]);
});

Deno.test("exec tells when the proxy dies without a word, with what it left on stderr", async () => {
  await using stage = await openStage(["panic: out of luck"]);
  const { code, stderr } = await stage.run(["exec", "true"], { env: { MIRRORD_PROGRESS_MODE: "off" } });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Error: the internal proxy ended before the session was ready\n {2}because: panic: out of luck\n/,
  );
});

Deno.test("exec says which part is missing", async () => {
  await using stage = await openStage();
  await Deno.remove(`${stage.folder}/mirrord-launcher`);
  const { code, stderr } = await stage.run(["exec", "true"], { env: { MIRRORD_PROGRESS_MODE: "off" } });
  assert.equal(code, 1);
  assert.match(stderr, /^Error: a part of mirrord cannot be started: .*mirrord-launcher\n[^]*\.\/dev build/);
});

Deno.test("exec refuses to run inside of a session", async () => {
  await using stage = await openStage();
  const env = { MIRRORD_PROGRESS_MODE: "off" };
  const inner = ["sh", "-c", '"$@"; exit $?', "sh", Deno.execPath(), "run", "-A", main, "exec", "true"];
  const { code, stderr } = await stage.run(["exec", "--", ...inner], { env });
  assert.equal(code, 1);
  assert.match(stderr, /^Error: this already runs under mirrord\n/);
});

const main = new URL("../main.ts", import.meta.url).pathname;

Deno.test("exec warns of container engines", async () => {
  await using stage = await openStage();
  await Deno.writeTextFile(`${stage.folder}/docker`, "#!/bin/sh\necho it\n", { mode: 0o755 });
  const { stdout, stderr } = await stage.run(["exec", `${stage.folder}/docker`, "run"], {
    env: { MIRRORD_PROGRESS_MODE: "std" },
  });
  assert.equal(stdout, "it\n");
  assert.match(stderr, /docker` starts its containers elsewhere/);
});

Deno.test("exec applies feature.env to what the proxy brought", async () => {
  await using stage = await openStage([{
    ...ready,
    remoteEnvironment: { A: "remote", B: "remote", C_TIMEOUT: "1", PATH: "/target", ODD: "a\udcffb\nc" },
  }]);
  await Deno.writeTextFile(`${stage.folder}/.env`, "B=file\n");
  const config = { feature: { env: { override: { D: "over" }, mapping: { "_TIMEOUT$": "9" }, unset: "gone" } } };
  await Deno.writeTextFile(`${stage.folder}/c.json`, JSON.stringify(config));
  const script = 'printf "%s|" "$A" "$B" "$C_TIMEOUT" "$D" "${GONE-unset}"; printf "%s" "$ODD" | od -An -tx1';
  const words = ["exec", "-f", `${stage.folder}/c.json`, "--env-file", `${stage.folder}/.env`, "sh", "-c", script];
  const { stdout } = await stage.run(words, { env: { MIRRORD_PROGRESS_MODE: "off", A: "local", GONE: "1" } });
  assert.equal(stdout, "remote|file|9|over|unset| 61 ff 62 0a 63\n");
});

Deno.test("the session ends with the program: the proxy has the pid of what exec became", async () => {
  await using stage = await openStage();
  const { pid, stdout } = await stage.run(["exec", "sh", "-c", "echo $$"], { env: { MIRRORD_PROGRESS_MODE: "off" } });
  assert.equal(stdout, `${pid}\n`);
  assert.equal((await stage.order()).pid, pid);
});
