/** Several agents in one network: one holds it, the others hand their clients on to it and take over when it dies. */
import assert from "node:assert/strict";
import type { Session } from "../../protocol/link/mod.ts";
import { startAgent, type TestAgent } from "./support/agent_process.ts";
import { ask, begin, readFile, textOf } from "./support/requests.ts";
import { startTarget, type TestTarget, until } from "./support/target.ts";

const MIRROR = 1, STEAL = 2;
const squatter = new URL("./support/squatter.ts", import.meta.url).pathname;

/** Two containers of one pod, and an agent for each; the first holds. */
async function twoAgents(): Promise<{ first: TestAgent; second: TestAgent } & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const one = stack.use(await startTarget({ hostname: "one" }));
  const two = stack.use(await startTarget({ hostname: "two", networkOf: one.pid }));
  await Deno.writeTextFile(`${one.root}/data/name`, "one");
  await Deno.writeTextFile(`${two.root}/data/name`, "two");
  const first = stack.use(await startAgent({ pid: one.pid }));
  const second = stack.use(await startAgent({ pid: two.pid }));
  assert.match(first.log(), /serving as holder/);
  assert.match(second.log(), /serving as follower/);
  return { first, second, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function seenBy(session: Session): Promise<string> {
  const { hostname } = await ask(session, "describe", {});
  return `${textOf(hostname)} ${textOf(await readFile(session, "/data/name") as Uint8Array)}`;
}

Deno.test("each agent's clients see their own target, whoever serves them", async () => {
  await using agents = await twoAgents();
  const [alice, bob] = await Promise.all([agents.first.connect("alice@a"), agents.second.connect("bob@b")]);
  assert.equal(await seenBy(alice), "one one");
  assert.equal(await seenBy(bob), "two two");
  assert.match(agents.first.log(), /session \d+ of bob@b has begun/);
  await Promise.all([alice.end("done"), bob.end("done")]);
});

Deno.test("a port has one holder, who is named; other ports are free", async () => {
  await using agents = await twoAgents();
  const [alice, bob] = await Promise.all([agents.first.connect("alice@a"), agents.second.connect("bob@b")]);
  const subscribe = (session: Session, port: number) => begin(session, "subscribe", { port, mode: STEAL });
  assert("ok" in (await subscribe(alice, 8080)).reply);
  assert.deepEqual((await subscribe(bob, 8080)).reply, { taken: { holder: "alice@a" } });
  assert("ok" in (await subscribe(bob, 8081)).reply);
  await alice.end("done");
  // What she had is free for others as soon as her session is over.
  await until(async () => "ok" in (await subscribe(bob, 8080)).reply, "the port");
  await bob.end("done");
});

Deno.test("a follower ends with its own clients, and the holder stays for the others", async () => {
  await using agents = await twoAgents();
  const [alice, bob] = await Promise.all([agents.first.connect("alice@a"), agents.second.connect("bob@b")]);
  await alice.end("done");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(await seenBy(bob), "two two");
  await bob.end("done");
  assert.equal((await agents.second.exited).code, 0);
  assert.equal((await agents.first.exited).code, 0);
});

Deno.test("a follower takes over when the holder is killed", async () => {
  await using agents = await twoAgents();
  const bob = await agents.second.connect("bob@b");
  assert.equal(await seenBy(bob), "two two");
  const began = performance.now();
  agents.first.kill("SIGKILL");
  assert.equal((await bob.ended).kind, "lost");
  const again = await agents.second.connect("bob@b");
  assert.equal(await seenBy(again), "two two");
  console.log(`served again after ${(performance.now() - began).toFixed(0)} ms`);
  assert.match(agents.second.log(), /the holder has gone; serving as holder/);
  assert("ok" in (await begin(again, "subscribe", { port: 8080, mode: MIRROR })).reply);
  await again.end("done");
});

Deno.test("a holder that is told to end leaves its followers' clients to them", async () => {
  await using agents = await twoAgents();
  const [alice, bob] = await Promise.all([agents.first.connect("alice@a"), agents.second.connect("bob@b")]);
  agents.first.kill("SIGTERM");
  assert.deepEqual(await alice.ended, { kind: "peer", reason: "the agent has ended: SIGTERM" });
  assert.equal((await bob.ended).kind, "lost");
  const again = await agents.second.connect("bob@b");
  assert.equal(await seenBy(again), "two two");
  await again.end("done");
});

/** Runs the squatter as root without any capability. */
function runSquatter(target: TestTarget, what: "hold" | "attach"): Deno.ChildProcess {
  return new Deno.Command("nsenter", {
    args: [
      ...[`--net=/proc/${target.pid}/ns/net`, "setpriv", "--bounding-set=-all", "--inh-caps=-all"],
      ...[Deno.execPath(), "run", "-A", squatter, what, `${target.pid}`],
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
}

Deno.test("who has less rights than an agent gets nothing by its name", async () => {
  await using target = await startTarget();
  const squatting = runSquatter(target, "hold");
  const output = squatting.stdout.getReader();
  assert.equal(textOf((await output.read()).value!), "held\n");
  {
    await using agent = await startAgent({ pid: target.pid });
    assert.match(agent.log(), /serving alone: .* which is no agent/);
    const session = await agent.connect();
    assert.equal((await ask(session, "describe", {})).incomingUnavailable, null);
    await session.end("done");
  }
  squatting.kill("SIGKILL");
  await Promise.all([squatting.status, output.cancel()]);

  await using holder = await startAgent({ pid: target.pid });
  assert.match(holder.log(), /serving as holder/);
  const { stdout } = await runSquatter(target, "attach").output();
  assert.equal(textOf(stdout), "closed\n");
});
