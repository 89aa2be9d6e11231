/** When the agent ends, and what lives through a restart of the target. */
import assert from "node:assert/strict";
import { startAgent } from "./support/agent_process.ts";
import { inCgroup } from "./support/cgroup.ts";
import { ask, begin, bytesOf, connectTcp, readFile, textOf } from "./support/requests.ts";
import { startTarget, targetAddress } from "./support/target.ts";
import { echo, serveTcp } from "./support/tcp_server.ts";

const ESRCH = 3;

Deno.test("an agent that nobody connects to ends with an error", async () => {
  const began = performance.now();
  await using agent = await startAgent({ variables: { MIRRORD_AGENT_COMMUNICATION_TIMEOUT: "1" } });
  assert.equal((await agent.exited).code, 1);
  assert(performance.now() - began < 4000);
});

Deno.test("an agent ends a second after its last session, without an error", async () => {
  await using agent = await startAgent();
  const sessions = await Promise.all([agent.connect("a@a"), agent.connect("b@b")]);
  await sessions[0].end("done");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal((await ask(sessions[1], "describe", {})).targetPid, null);
  await sessions[1].end("done");
  const began = performance.now();
  assert.equal((await agent.exited).code, 0);
  assert(performance.now() - began < 3000);
});

Deno.test("SIGTERM ends the sessions with a reason", async () => {
  await using agent = await startAgent();
  const session = await agent.connect();
  agent.kill("SIGTERM");
  assert.deepEqual(await session.ended, { kind: "peer", reason: "the agent has ended: SIGTERM" });
  assert.equal((await agent.exited).code, 0);
});

Deno.test("a client with a wrong token is refused", async () => {
  await using agent = await startAgent();
  agent.token.fill(0);
  await assert.rejects(agent.connect(), { kind: "token" });
});

Deno.test("without a target the agent's own surroundings are served", async () => {
  await using agent = await startAgent({ variables: { COLOUR: "green" } });
  const session = await agent.connect();
  assert((await ask(session, "env", {})).variables.map(textOf).includes("COLOUR=green"));
  assert.equal(textOf(await readFile(session, "/proc/self/comm") as Uint8Array), "deno\n");
  const { hostname, incomingUnavailable } = await ask(session, "describe", {});
  assert.equal(textOf(hostname), Deno.hostname());
  assert.match(incomingUnavailable ?? "", /without a target/);
  const { stream, reply } = await begin(session, "subscribe", { port: 80, mode: 1 });
  assert("failed" in reply);
  await stream.end();
  await session.end("done");
});

Deno.test("a restarted container is served from its new process, and connections live on", async () => {
  const containerId = crypto.getRandomValues(new Uint8Array(32)).toHex();
  await using pod = await startTarget();
  await using cgroup = await inCgroup(containerId);
  using server = serveTcp(pod.pid, targetAddress, echo);
  const address = targetAddress.split(".").map(Number);
  await using old = await startTarget({ networkOf: pod.pid, variables: { ROUND: "1" } });
  await using agent = await startAgent({ pid: old.pid });
  const session = await agent.connect();
  const { stream } = await connectTcp(session, address, server.port);
  await stream.write(bytesOf("before "));
  assert.deepEqual((await ask(session, "env", {})).variables.map(textOf), ["ROUND=1"]);

  Deno.kill(old.pid, "SIGKILL");
  const retargeted = ask(session, "retarget", { containerId });
  await using fresh = await startTarget({ networkOf: pod.pid, variables: { ROUND: "2" } });
  await Deno.writeTextFile(`${fresh.root}/data/round`, "two");
  await cgroup.add(fresh.pid);
  assert.deepEqual(await retargeted, { errno: 0 });
  assert.deepEqual((await ask(session, "env", {})).variables.map(textOf), ["ROUND=2"]);
  assert.equal(textOf(await readFile(session, "/data/round") as Uint8Array), "two");
  assert.equal((await ask(session, "describe", {})).containerId, containerId);

  await stream.write(bytesOf("and after"));
  await stream.end();
  let text = "";
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) text += textOf(bytes);
  assert.equal(text, "before and after");
  assert.deepEqual(await ask(session, "retarget", { containerId: "0".repeat(64) }), { errno: ESRCH });
  await session.end("done");
});
