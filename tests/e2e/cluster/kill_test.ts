/**
 * In the cluster, whatever is killed under a load of requests: the pod has its traffic back in time, the session resumes where
 * it can, and neither Job nor pod nor rule is left (M-009, M-127, M-144, M-182).
 */
import assert from "node:assert/strict";
import { capture } from "../../cluster/command.ts";
import { inNamespace } from "../../cluster/network.ts";
import { laptopNamespace, nodeAddress, nodeNamespace } from "../../cluster/settings.ts";
import { kinds } from "../programs.ts";
import { diversionsOf, leftoversAfter, processesWith, type RunningSession, sessionOf } from "../running_session.ts";
import { addressOfService, leftInCluster, podOf, shop, spawn } from "./shop.ts";

interface Victim {
  name: string;
  /** Finds the victim, so that the time for it is not counted; what it returns strikes. */
  aim(session: RunningSession, serverPid: number): () => Promise<unknown>;
  /** Undoes it, where the session is to go on. */
  heal?(): Promise<void>;
  limitMs: number;
  resumes: boolean;
}

const kill = (pid: number) => () => Promise.resolve(Deno.kill(pid, "SIGKILL"));
const inLaptop = (...command: string[]) =>
  capture([...inNamespace(laptopNamespace), ...command], { timeoutMs: 10_000 });

const dropping = "add table inet silence; add chain inet silence out { type filter hook output priority 0; }; " +
  `add rule inet silence out ip daddr ${nodeAddress} drop`;

const victims: Victim[] = [
  { name: "program", aim: (session) => kill(session.programPid), limitMs: 2000, resumes: false },
  { name: "proxy", aim: (session) => kill(session.proxyPid), limitMs: 2000, resumes: false },
  { name: "agent", aim: (_, serverPid) => kill(agentBeside(serverPid)), limitMs: 100, resumes: true },
  {
    name: "tunnel",
    aim: () => () => inLaptop("ss", "-K", "dst", nodeAddress),
    limitMs: 2000,
    resumes: true,
  },
  {
    name: "silence",
    aim: () => () => inLaptop("nft", dropping),
    heal: async () => void await inLaptop("nft", "delete table inet silence"),
    limitMs: 3000,
    resumes: true,
  },
];

/** The agent that serves a pod: it stands in the network of the pod's server. */
function agentBeside(serverPid: number): number {
  const network = (pid: number) => Deno.readLinkSync(`/proc/${pid}/ns/net`);
  const agents = processesWith("MIRRORD_AGENT_MODE=targeted", "agent.js");
  return agents.find((pid) => network(pid) === network(serverPid))!;
}

/** The pid of the pod's server, for its network. */
function serverPid(pod: string): number {
  return processesWith(`HOSTNAME=${pod}`, "context_server")[0]!;
}

/** A load of requests from the node's network, and what became of them. */
class Probe implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #answers: { at: number; word: string }[] = [];
  #reading: Promise<void>;

  constructor(address: string) {
    const script = new URL("probe.ts", import.meta.url).pathname;
    const [command, ...args] = [
      ...inNamespace(nodeNamespace),
      Deno.execPath(),
      "run",
      "-A",
      "--no-lock",
      script,
      address,
    ];
    this.#child = new Deno.Command(command!, { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
    this.#reading = this.#read();
  }

  /** Milliseconds from `since` until an answer by one of `words`; `Infinity` after the limit. */
  async firstMs(words: string[], since: number, limitMs: number): Promise<number> {
    while (Date.now() - since < limitMs) {
      const found = this.#answers.find(({ at, word }) => at >= since && words.includes(word));
      if (found) return found.at - since;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return Infinity;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const [at, word] = line.split(" ");
        this.#answers.push({ at: Number(at), word: word! });
      }
    }
  }
}

async function round(victim: Victim, service: string, pod: string): Promise<void> {
  const server = serverPid(pod);
  const before = await diversionsOf(server);
  const child = spawn("deployment/api", [...await kinds[0]!.answer(), "80", "local"], { flags: ["--steal"] });
  const output = child.output();
  const session = await sessionOf(child.pid);
  await using probe = new Probe(service);
  try {
    assert.notEqual(await probe.firstMs(["local"], Date.now(), 30_000), Infinity, "it steals");
    const strike = victim.aim(session, server);
    const struck = Date.now();
    await strike();
    // A cut tunnel may heal before anybody asks.
    const took = await probe.firstMs(
      victim.name === "tunnel" ? ["api", "local"] : ["api"],
      struck,
      victim.limitMs + 8000,
    );
    console.log(`${victim.name}: the pod answers after ${took.toFixed(0)} ms`);
    await victim.heal?.();
    if (victim.resumes) {
      assert.notEqual(await probe.firstMs(["local"], Date.now(), 30_000), Infinity, "it resumes");
    }
    assert.ok(took <= victim.limitMs, `${took} ms, at most ${victim.limitMs}`);
  } finally {
    if (!await hasEnded(child.pid)) child.kill("SIGTERM");
    await output;
  }
  assert.deepEqual(await leftoversAfter(session, null, 5000), [], "nothing is left here");
  assert.equal(await leftInCluster(30_000), "", "nothing is left in the cluster");
  assert.equal(await diversionsOf(server), before, "rules and links are as before");
}

function hasEnded(pid: number): Promise<boolean> {
  return Deno.stat(`/proc/${pid}`).then(() => false, () => true);
}

Deno.test("killed in the cluster", async (test) => {
  await shop();
  const service = await addressOfService("api");
  const pod = await podOf("api");
  for (const victim of victims) await test.step(victim.name, () => round(victim, service, pod));
});
