/** Incoming traffic of the whole agent, and what is left when it dies. */
import assert from "node:assert/strict";
import { Incoming } from "../../protocol/agent/messages.ts";
import type { Session, Stream } from "../../protocol/link/mod.ts";
import { decode } from "../../protocol/schema.ts";
import { linksOf } from "./incoming_bpf_links.ts";
import { askOnce, LineConnection, TargetProgram } from "./incoming_lines.ts";
import { TestNetwork } from "./incoming_network.ts";
import { eventually } from "./incoming_scene.ts";
import { lineProgram, type LocalProgram, MIRROR, STEAL } from "./incoming_session.ts";
import { startAgent } from "./support/agent_process.ts";
import { begin } from "./support/requests.ts";

const PORT = 8080;
const HOST = "10.99.0.1";

async function subscribe(session: Session, port: number, mode: number, program: LocalProgram): Promise<Stream> {
  session.onStream = (stream) => void program(stream, decode(Incoming, stream.header)).catch(() => {});
  const { stream, reply } = await begin(session, "subscribe", { port, mode });
  assert.ok("ok" in reply, JSON.stringify(reply));
  return stream;
}

Deno.test("the agent steals and mirrors, and its SIGKILL gives everything back within 100 ms", async () => {
  const network = new TestNetwork();
  const process = network.pod.spawn("sleep", "60");
  const targets = [new TargetProgram(network.pod, PORT), new TargetProgram(network.pod, PORT + 1)];
  const before = network.ruleset();
  try {
    await using agent = await startAgent({ pid: process.pid });
    const [thief, watcher] = [await agent.connect("thief@here"), await agent.connect("watcher@there")];
    const kept = new LineConnection(await network.outside.connect(HOST, PORT));
    await subscribe(thief, PORT, STEAL, lineProgram("mine"));
    let mirrored = "";
    await subscribe(watcher, PORT + 1, MIRROR, async (stream) => {
      for (let bytes = await stream.receive(); bytes !== null; bytes = await stream.receive()) {
        mirrored += new TextDecoder().decode(bytes);
      }
    });
    assert.equal(await askOnce(network.outside, HOST, PORT), "mine hello");
    assert.equal(await askOnce(network.outside, HOST, PORT + 1), "target hello");
    assert.deepEqual((await begin(watcher, "subscribe", { port: PORT, mode: STEAL })).reply, {
      taken: { holder: "thief@here" },
    });
    await eventually("the mirrored bytes arrive", () => mirrored === "hello\n");

    const killed = performance.now();
    agent.kill("SIGKILL");
    let answer: string | null = null;
    while (!answer?.startsWith("target") && performance.now() - killed < 2000) {
      answer = await askOnce(network.outside, HOST, PORT).catch(() => null);
    }
    const ms = performance.now() - killed;
    console.log(`the target answers ${ms.toFixed(1)} ms after SIGKILL`);
    assert.ok(ms < 100, `${ms} ms`);
    assert.equal(await kept.ask("still"), "target still");
    kept.close();
    assert.equal(network.ruleset(), before);
    assert.equal(linksOf(network.pod.inode), 0);
    await Promise.all([thief.end("the agent is dead"), watcher.end("the agent is dead")]);
  } finally {
    process.kill("SIGKILL");
    await Promise.all([process.stdin.close().catch(() => {}), process.stdout.cancel(), process.status]);
    targets.forEach((target) => target.close());
    network.delete();
  }
});
