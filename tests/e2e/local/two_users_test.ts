/**
 * Two users on one target: different ports side by side, the same port refused by the holder's name, and neither's end, of
 * whatever kind, disturbs the other.
 */
import assert from "node:assert/strict";
import { Companion } from "../companion.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, exec } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { agentsOf, diversionsOf } from "../running_session.ts";
import { publicPort, secondPort } from "../target/scene.ts";

/** The target, and what others do, must be as before within this. */
const backMs = 2000;
const watchMs = 3000;
/** An answer that takes longer means that somebody was disturbed. */
const undisturbedMs = 1000;

type End = "orderly" | "program killed" | "proxy killed" | "agent killed";
const ends: End[] = ["orderly", "program killed", "proxy killed", "agent killed"];

function bringAbout(end: End, { session, agentPid }: Companion): void {
  if (end === "orderly") Deno.kill(session.programPid, "SIGTERM");
  if (end === "program killed") Deno.kill(session.programPid, "SIGKILL");
  if (end === "proxy killed") Deno.kill(session.proxyPid, "SIGKILL");
  if (end === "agent killed") Deno.kill(agentPid, "SIGKILL");
}

Deno.test("the same port is refused, naming its holder", async (test) => {
  await using isolated = await IsolatedTarget.start();
  await using alice = await Companion.start("alice", isolated, publicPort);
  for (const kind of kinds) {
    await test.step(`to ${kind.name}`, async () => {
      const command = [...await kind.answer(), String(publicPort), "bob"];
      const { code, stdout, stderr } = await exec(isolated.path, command, { flags: ["--steal"], env: { USER: "bob" } });
      assert.notEqual(code, 0);
      assert.equal(stdout, "");
      assert.match(
        stderr,
        new RegExp(`mirrord: port ${publicPort} of the target is taken by alice@${Deno.hostname()}\n`),
      );
      assert.match(stderr, /address already in use/i);
    });
  }
  assert.equal(await alice.get(), "alice");
  assert.deepEqual((await alice.over(500)).losses, []);
});

/** Who came first has the agent that holds the target's network; the other's agent hands on to it. */
for (const first of ["alice", "bob"] as const) {
  for (const end of ends) {
    Deno.test(`alice's end (${end}) does not disturb bob; ${first} came first`, async () => {
      await using isolated = await IsolatedTarget.start();
      const before = await diversionsOf(isolated.pid);
      {
        await using stack = new AsyncDisposableStack();
        const [alice, bob] = await start(isolated, first, stack);
        assert.deepEqual([await alice.get(), await bob.get()], ["alice", "bob"]);
        bringAbout(end, alice);
        const isHolderGone = end === "agent killed" && first === "alice";
        if (isHolderGone) await servedAgain(bob);
        else await undisturbed(bob);
        if (end === "agent killed") assert.equal(await eventually(() => alice.get(), "alice", backMs), "alice");
        else assert.equal(await eventually(() => alice.get(), "target", backMs), "target");
        if (end !== "agent killed") assert.deepEqual(await alice.leftovers(), []);
        assert.equal(await bob.get(), "bob");
      }
      assert.deepEqual(await eventually(() => Promise.resolve(agentsOf(isolated.pid).join()), "", 5000), "");
      assert.equal(await diversionsOf(isolated.pid), before, "rules and links are as before");
    });
  }
}

async function start(
  isolated: IsolatedTarget,
  first: "alice" | "bob",
  stack: AsyncDisposableStack,
): Promise<[alice: Companion, bob: Companion]> {
  const startAlice = async () => stack.use(await Companion.start("alice", isolated, publicPort));
  const startBob = async () => stack.use(await Companion.start("bob", isolated, secondPort));
  if (first === "alice") return [await startAlice(), await startBob()];
  const bob = await startBob();
  return [await startAlice(), bob];
}

/** Connections that were open live on, and nobody waits. */
async function undisturbed(user: Companion): Promise<void> {
  const fortune = await user.over(watchMs);
  assert.deepEqual(fortune.losses, []);
  assert.ok(fortune.answers > watchMs / 200, `${fortune.answers} answers in ${watchMs} ms`);
  assert.ok(fortune.exchanges > watchMs / 200, `${fortune.exchanges} exchanges in ${watchMs} ms`);
  assert.ok(fortune.longestMs < undisturbedMs, `an answer took ${fortune.longestMs.toFixed(0)} ms`);
}

/** Connections through the agent that was killed are lost; new ones work soon. */
async function servedAgain(user: Companion): Promise<void> {
  const started = performance.now();
  assert.equal(await eventually(() => user.get(), user.user, backMs), user.user);
  console.log(`${user.user} is served again after ${(performance.now() - started).toFixed(0)} ms`);
  assert.ok((await user.over(1000)).exchanges > 0, "outgoing connections are made again");
}
