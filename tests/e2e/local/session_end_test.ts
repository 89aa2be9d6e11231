/** A session that cannot go on ends its program with a reason, and leaves nothing; `mirrord stop` ends one by its id. */
import assert from "node:assert/strict";
import { HandStartedAgent } from "../hand_started_agent.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, mirrordFile, type Outcome, spawn } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { diversionsOf, leftoversAfter, type RunningSession, sessionOf } from "../running_session.ts";
import { publicPort } from "../target/scene.ts";

/** A target's end is looked for twice a second; a program may clean up for two seconds. */
const endMs = 3000;
const stubbornEndMs = 5500;

interface Running extends AsyncDisposable {
  session: RunningSession;
  /** How the program has ended, and how long after now; SIGKILL if it does not in time. */
  end(limitMs: number): Promise<Outcome & { afterMs: number }>;
}

async function start(target: string | null, command: string[], flags: string[] = []): Promise<Running> {
  const child = spawn(target, command, { flags });
  const output = child.output();
  const session = await sessionOf(child.pid);
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // it has ended
    }
  };
  return {
    session,
    async end(limitMs) {
      const started = performance.now();
      const timer = setTimeout(kill, limitMs);
      const { code, signal, stdout, stderr } = await output;
      clearTimeout(timer);
      const text = new TextDecoder();
      const afterMs = performance.now() - started;
      return { code, signal, stdout: text.decode(stdout), stderr: text.decode(stderr), afterMs };
    },
    async [Symbol.asyncDispose]() {
      kill();
      await output;
    },
  };
}

async function stop(id: string): Promise<Outcome> {
  const { code, signal, stdout, stderr } = await new Deno.Command(mirrordFile, { args: ["stop", id] }).output();
  const text = new TextDecoder();
  return { code, signal, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("the target's end ends the program and all that came of it", async () => {
  const isolated = await IsolatedTarget.start();
  await using running = await start(isolated.path, ["bash", "-c", "sleep 60 & sleep 61; true"]);
  await isolated[Symbol.asyncDispose]();
  const { signal, stderr, afterMs } = await running.end(endMs);
  assert.equal(stderr, `mirrord: the target is gone: process ${isolated.pid} has ended\n`);
  assert.equal(signal, "SIGTERM");
  // Whoever has the program's pipes keeps them open.
  assert.ok(afterMs < endMs, `all have ended after ${afterMs.toFixed(0)} ms`);
  console.log(`ended ${afterMs.toFixed(0)} ms after its target`);
  assert.deepEqual(await leftoversAfter(running.session, isolated.pid, 5000), []);
});

Deno.test("a program that does not mind SIGTERM is killed", async () => {
  const isolated = await IsolatedTarget.start();
  const stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()";
  await using running = await start(isolated.path, ["python3", "-c", stubborn]);
  await isolated[Symbol.asyncDispose]();
  const { signal, stderr } = await running.end(stubbornEndMs);
  assert.match(stderr, /^mirrord: the target is gone: /);
  assert.equal(signal, "SIGKILL");
  assert.deepEqual(await leftoversAfter(running.session, isolated.pid, 5000), []);
});

for (const kind of kinds) {
  Deno.test(`mirrord stop ends ${kind.name}, and the target has its traffic back`, async () => {
    await using isolated = await IsolatedTarget.start();
    const before = await diversionsOf(isolated.pid);
    const command = [...await kind.answer(), String(publicPort), "local"];
    await using running = await start(isolated.path, command, ["--steal"]);
    assert.equal(await eventually(() => isolated.get(publicPort), "local"), "local");
    const { id } = running.session;
    assert.deepEqual(await stop(id.slice(0, 8)), {
      code: 0,
      signal: null,
      stdout: `Stopped ${id} (${isolated.path}).\n`,
      stderr: "",
    });
    assert.equal(await isolated.get(publicPort), "target");
    const { signal, stderr } = await running.end(100);
    assert.equal(stderr, "mirrord: the session was stopped (mirrord stop)\n");
    assert.equal(signal, "SIGTERM");
    assert.deepEqual(await leftoversAfter(running.session, isolated.pid, 5000), []);
    assert.equal(await diversionsOf(isolated.pid), before);
    const again = await stop(id);
    assert.equal(again.code, 1);
    assert.match(again.stderr, new RegExp(`no session.*${id}`));
  });
}

Deno.test("the death of the internal proxy ends the program and all that came of it", async (test) => {
  await using isolated = await IsolatedTarget.start();
  const commands = {
    "a shell with children": ["bash", "-c", "sleep 60 & sleep 61; true"],
    "a static program": [...await kinds[2]!.answer(), String(publicPort), "local"],
  };
  for (const [name, command] of Object.entries(commands)) {
    await test.step(name, async () => {
      await using running = await start(isolated.path, command, ["--steal"]);
      if (name === "a static program") assert.equal(await eventually(() => isolated.get(publicPort), "local"), "local");
      Deno.kill(running.session.proxyPid, "SIGKILL");
      const { signal, stderr, afterMs } = await running.end(endMs);
      assert.equal(stderr, "mirrord: the internal proxy has died, and with it the connection to the target\n");
      assert.equal(signal, "SIGTERM");
      assert.ok(afterMs < endMs, `all have ended after ${afterMs.toFixed(0)} ms`);
      assert.deepEqual(await leftoversAfter(running.session, isolated.pid, 5000), []);
    });
  }
});

Deno.test("an agent that was joined and is told to end ends the program", async () => {
  await using isolated = await IsolatedTarget.start();
  const agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  await using running = await start(null, ["sleep", "60"], ["-f", await agent.configuration()]);
  const address = `127.0.0.1:${agent.port}`;
  await agent[Symbol.asyncDispose]();
  const { signal, stderr } = await running.end(endMs);
  assert.equal(
    stderr,
    `mirrord: the connection to the agent at ${address} is lost: the agent has ended: SIGTERM\n`,
  );
  assert.equal(signal, "SIGTERM");
  assert.deepEqual(await leftoversAfter(running.session, isolated.pid, 5000), []);
});
