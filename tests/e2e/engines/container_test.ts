/** Containers of this machine as targets, for root and for a user who may only talk to the engine; and `mirrord image`. */
import assert from "node:assert/strict";
import { eventually, mirrordFile, type Outcome, quietEnv } from "../mirrord.ts";
import { type Engine, startDocker, startPodman } from "./engine.ts";
import { webImage, webPage, webVariable, writeWebImage } from "./web_image.ts";

/** Neither root nor in any group. */
const strangerId = "12345";
const script = `echo "$${webVariable.name}"; cat /srv/index.html; hostname; curl -sS --max-time 5 http://127.0.0.1/`;

async function startWeb(engine: Engine): Promise<string> {
  const tar = await Deno.makeTempFile({ suffix: ".tar" });
  await writeWebImage(tar);
  await engine.command("load", "--input", tar);
  await Deno.remove(tar);
  const variable = `--env=${webVariable.name}=${webVariable.value}`;
  const id = await engine.command("run", "--detach", "--name=web", variable, ...engine.runFlags, webImage);
  return id.trim().slice(0, 12);
}

async function mirrord(command: string[], env: Record<string, string>): Promise<Outcome> {
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    env: { ...quietEnv, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 90_000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder();
  return { code, signal, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function assertContext({ code, stdout, stderr }: Outcome, host: string): void {
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n"), [webVariable.value, webPage.trim(), host, webPage.trim(), ""]);
}

for (const start of [startDocker, startPodman]) {
  Deno.test(`root sees a container's context (${start.name.slice(5)})`, async () => {
    await using engine = await start();
    const host = await startWeb(engine);
    assertContext(
      await mirrord([mirrordFile, "exec", "-t", `${engine.kind}/web`, "--", "sh", "-c", script], engine.env),
      host,
    );
    const missing = await mirrord([mirrordFile, "exec", "-t", `${engine.kind}/nobody`, "--", "true"], engine.env);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /has no container nobody/);
    await engine.command("stop", "--time=0", "web");
    const stopped = await mirrord([mirrordFile, "exec", "-t", `${engine.kind}/web`, "--", "true"], engine.env);
    assert.match(stopped.stderr, /not running/);
  });
}

Deno.test("a user who may only talk to the engine sees a container's context", async () => {
  await using engine = await startDocker();
  const host = await startWeb(engine);
  await Deno.chmod(engine.env.DOCKER_HOST!.slice("unix://".length), 0o666);
  const home = await Deno.makeTempDir({ prefix: "mirrord-stranger-" });
  await Deno.copyFile(mirrordFile, `${home}/mirrord`);
  await Deno.chown(home, Number(strangerId), Number(strangerId));
  const asStranger = ["setpriv", `--reuid=${strangerId}`, `--regid=${strangerId}`, "--clear-groups", `${home}/mirrord`];
  const command = [...asStranger, "exec", "-t", "docker/web", "--", "sh", "-c", script];
  const env = { ...engine.env, HOME: home, XDG_RUNTIME_DIR: "" };
  assertContext(await mirrord(command, env), host);
  const containers = () => engine.command("ps", "--all", "--format", "{{.Names}}").then((names) => names.trim());
  assert.equal(await eventually(containers, "web", 15_000), "web", "the agent's container is gone");
  await Deno.remove(home, { recursive: true });
});

for (const start of [startDocker, startPodman]) {
  Deno.test(`the agent's image is loaded (${start.name.slice(5)})`, async () => {
    await using engine = await start();
    const { code, stderr } = await mirrord([mirrordFile, "image", "load", engine.kind], engine.env);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(await engine.command("images"), /mirrord-agent/);
  });
}
