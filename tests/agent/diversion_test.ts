/** Each way of diverting keeps the same promises, in a real network namespace. */
import assert from "node:assert/strict";
import { linksOf } from "./incoming_bpf_links.ts";
import { askOnce, LineConnection, TargetProgram } from "./incoming_lines.ts";
import { Namespace, TestNetwork } from "./incoming_network.ts";
import { eventually } from "./incoming_scene.ts";
import { ScriptedProcess } from "./incoming_process.ts";

const PORT = 8080;
const makers = ["sk_lookup", "nftables (owned table)", "nftables (plain table)"];

interface Scene {
  network: TestNetwork;
  holder: ScriptedProcess;
}

function promise(title: string, body: (scene: Scene, maker: string) => Promise<void>): void {
  for (const maker of makers) {
    Deno.test(`${maker} ${title}`, async () => {
      const network = new TestNetwork();
      const target = new TargetProgram(network.pod, PORT);
      const holder = new ScriptedProcess(network.pod, "diversion_holder.ts", maker);
      try {
        assert.equal((await holder.read()).result, maker);
        await body({ network, holder }, maker);
      } finally {
        await holder.kill();
        target.close();
        network.delete();
      }
    });
  }
}

function withoutOurs(ruleset: string): string {
  return ruleset.replace(/table inet mirrord\S* \{[^]*?\n\}\n/, "");
}

/** From outside and from the pod itself, over either family, to the pod's addresses and to loopback. */
function ways({ pod, outside }: TestNetwork): [Namespace, string][] {
  return [
    [outside, "10.99.0.1"],
    [outside, "fd99::1"],
    [pod, "10.99.0.1"],
    [pod, "fd99::1"],
    [pod, "127.0.0.1"],
    [pod, "127.0.0.7"],
    [pod, "::1"],
  ];
}

promise("diverts every way to the port and gives it back, with true addresses", async ({ network, holder }) => {
  for (const [from, host] of ways(network)) assert.equal(await askOnce(from, host, PORT), "target hello", host);
  await holder.tell("divert", PORT);
  for (const [from, host] of ways(network)) {
    const lines = new LineConnection(await from.connect(host, PORT));
    const { hostname, port } = lines.connection.localAddr;
    assert.equal(await lines.ask("hello"), `stolen hello from ${hostname} ${port} to ${host} ${PORT}`);
    lines.close();
  }
  await holder.tell("release", PORT);
  for (const [from, host] of ways(network)) assert.equal(await askOnce(from, host, PORT), "target hello", host);
});

promise("leaves open connections where they are", async ({ network, holder }) => {
  const open = async () => {
    const connections: LineConnection[] = [];
    for (const [from, host] of ways(network)) connections.push(new LineConnection(await from.connect(host, PORT)));
    return connections;
  };
  const ofTarget = await open();
  await holder.tell("divert", PORT);
  const stolen = await open();
  const check = async (when: string) => {
    for (const lines of ofTarget) assert.equal(await lines.ask(when), `target ${when}`);
    for (const lines of stolen) assert.match((await lines.ask(when))!, new RegExp(`^stolen ${when}`));
  };
  await check("diverted");
  await holder.tell("release", PORT);
  await check("released");
  await holder.tell("close");
  await check("closed");
  for (const lines of [...ofTarget, ...stolen]) lines.close();
});

promise("touches no other port, and no traffic that only passes through", async ({ network, holder }) => {
  const behind = network.addBehind();
  const others = [new TargetProgram(behind, PORT), new TargetProgram(network.pod, PORT + 1)];
  await holder.tell("divert", PORT);
  assert.equal(await askOnce(network.outside, "10.98.0.2", PORT), "target hello");
  assert.equal(await askOnce(network.outside, "10.99.0.1", PORT + 1), "target hello");
  others.forEach((other) => other.close());
  behind.delete();
});

promise("lets the agent's own connections pass", async ({ holder }) => {
  await holder.tell("divert", PORT);
  for (const host of ["127.0.0.1", "::1", "10.99.0.1"]) {
    assert.equal((await holder.tell("ask", host, PORT)).result, "target exempt", host);
  }
});

promise("leaves rules and BPF links as they were", async ({ network, holder }, maker) => {
  network.pod.command("nft", "add", "table", "inet", "somebody");
  const before = network.ruleset();
  assert.equal(linksOf(network.pod.inode), maker === "sk_lookup" ? 1 : 0);
  assert.equal(/table inet mirrord/.test(before), maker !== "sk_lookup");
  await holder.tell("close");
  await eventually("the table is gone", () => network.ruleset() === withoutOurs(before));
  assert.equal(linksOf(network.pod.inode), 0);
});

promise("survives that somebody flushes the rules", async ({ network, holder }) => {
  await holder.tell("divert", PORT);
  network.pod.command("nft", "flush", "ruleset");
  await holder.tell("release", PORT);
  await holder.tell("close");
  assert.equal(await askOnce(network.outside, "10.99.0.1", PORT), "target hello");
});

promise("changes a port within milliseconds", async ({ holder }, maker) => {
  const durations: number[] = [];
  for (let round = 0; round < 100; round++) {
    durations.push((await holder.tell("divert", PORT)).ms, (await holder.tell("release", PORT)).ms);
  }
  durations.sort((a, b) => a - b);
  console.log(
    `${maker}: a change takes ${(durations[100] * 1000).toFixed(0)} µs (median), ${durations[198].toFixed(1)} ms (p99)`,
  );
  assert.ok(durations[100] < 2);
});

promise("gives the traffic back within 100 ms of SIGKILL", async ({ network, holder }, maker) => {
  const before = network.ruleset();
  const kept = new LineConnection(await network.outside.connect("10.99.0.1", PORT));
  await holder.tell("divert", PORT);
  assert.match((await askOnce(network.outside, "10.99.0.1", PORT))!, /^stolen/);
  const killed = performance.now();
  const dead = holder.kill();
  let answer: string | null = null;
  while (!answer?.startsWith("target") && performance.now() - killed < 2000) {
    answer = await askOnce(network.outside, "10.99.0.1", PORT).catch(() => null);
  }
  const ms = performance.now() - killed;
  await dead;
  console.log(`${maker}: the target answers ${ms.toFixed(1)} ms after SIGKILL`);
  assert.ok(ms < 100, `${ms} ms`);
  assert.equal(await kept.ask("still"), "target still");
  kept.close();
  assert.equal(linksOf(network.pod.inode), 0);
  if (maker !== "nftables (plain table)") {
    return void await eventually("the table is gone", () => network.ruleset() === withoutOurs(before));
  }
  // Left behind, without effect; the next agent removes it.
  assert.match(network.ruleset(), /table inet mirrord/);
  const next = new ScriptedProcess(network.pod, "diversion_holder.ts", maker);
  await next.read();
  await next.tell("close");
  assert.doesNotMatch(network.ruleset(), /mirrord/);
  await next.kill();
});
