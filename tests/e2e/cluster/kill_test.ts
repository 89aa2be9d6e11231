/**
 * In the cluster, whatever is killed under a load of requests: the pod has its traffic back in time, the session resumes where
 * it can, and neither Job nor pod nor rule is left (M-009, M-127, M-144, M-182).
 */
import assert from "node:assert/strict";
import { capture } from "../../cluster/command.ts";
import { inNamespace } from "../../cluster/network.ts";
import { laptopNamespace, nodeAddress } from "../../cluster/settings.ts";
import { eventually } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import { diversionsOf, leftoversAfter, processesWith, type RunningSession, sessionOf } from "../running_session.ts";
import { addressOfService, leftInCluster, podOf, request, shop, spawn } from "./shop.ts";

interface Victim {
  name: string;
  strike(session: RunningSession): Promise<void>;
  /** Undoes it, where the session is to go on. */
  heal?(session: RunningSession): Promise<void>;
  limitMs: number;
  resumes: boolean;
}

const kill = (pid: number) => Promise.resolve(Deno.kill(pid, "SIGKILL"));
const inLaptop = (...command: string[]) =>
  capture([...inNamespace(laptopNamespace), ...command], { timeoutMs: 10_000 });

const dropping = "add table inet silence; add chain inet silence out { type filter hook output priority 0; }; " +
  `add rule inet silence out ip daddr ${nodeAddress} drop`;

const victims: Victim[] = [
  { name: "program", strike: (session) => kill(session.programPid), limitMs: 2000, resumes: false },
  { name: "proxy", strike: (session) => kill(session.proxyPid), limitMs: 2000, resumes: false },
  { name: "agent", strike: () => kill(agentPid()), limitMs: 100, resumes: true },
  {
    name: "tunnel",
    strike: async () => void await inLaptop("ss", "-K", "dst", nodeAddress),
    limitMs: 2000,
    resumes: true,
  },
  {
    name: "silence",
    strike: async () => void await inLaptop("nft", dropping),
    heal: async () => void await inLaptop("nft", "delete table inet silence"),
    limitMs: 3000,
    resumes: true,
  },
];

/** The agent in the node's container: the only one that serves a container. */
function agentPid(): number {
  return processesWith("MIRRORD_AGENT_MODE=targeted", "agent.js").find((pid) =>
    Deno.readTextFileSync(`/proc/${pid}/cgroup`).includes("kubepods")
  )!;
}

async function whoAnswers(address: string): Promise<string> {
  const text = await request(address);
  return text === "local" ? text : JSON.parse(text).name;
}

/** The pid of the pod's server, for its network. */
function serverPid(pod: string): number {
  return processesWith(`HOSTNAME=${pod}`, "context_server")[0]!;
}

/** Requests one after the other until told to stop; a client that only looks at one connection sees less. */
async function load(address: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await request(address).catch(() => "");
}

async function backMs(address: string, limitMs: number, mayHeal: boolean): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < limitMs + 8000) {
    const answer = await whoAnswers(address).catch(() => "");
    if (answer === "api" || (mayHeal && answer === "local")) return performance.now() - started;
  }
  return Infinity;
}

async function round(victim: Victim, service: string, pod: string): Promise<void> {
  const server = serverPid(pod);
  const before = await diversionsOf(server);
  const child = spawn("deployment/api", [...await kinds[0]!.answer(), "80", "local"], { flags: ["--steal"] });
  const output = child.output();
  const session = await sessionOf(child.pid);
  const stopping = new AbortController();
  const loads = [load(service, stopping.signal), load(service, stopping.signal)];
  try {
    assert.equal(await eventually(() => whoAnswers(service), "local", 30_000), "local");
    await victim.strike(session);
    const took = await backMs(service, victim.limitMs, victim.name === "tunnel");
    console.log(`${victim.name}: the pod answers after ${took.toFixed(0)} ms`);
    await victim.heal?.(session);
    if (victim.resumes) {
      assert.equal(await eventually(() => whoAnswers(service), "local", 30_000), "local", "it resumes");
    }
    assert.ok(took <= victim.limitMs + requestMs, `${took} ms, at most ${victim.limitMs}`);
  } finally {
    stopping.abort();
    await Promise.all(loads);
    if (!await hasEnded(child.pid)) child.kill("SIGTERM");
    await output;
  }
  assert.deepEqual(await leftoversAfter(session, null, 5000), [], "nothing is left here");
  assert.equal(await leftInCluster(30_000), "", "nothing is left in the cluster");
  assert.equal(await diversionsOf(server), before, "rules and links are as before");
}

/** A request is a process of its own here (nsenter, curl): what it takes by itself is not the product's. */
const requestMs = 60;

function hasEnded(pid: number): Promise<boolean> {
  return Deno.stat(`/proc/${pid}`).then(() => false, () => true);
}

Deno.test("killed in the cluster", async (test) => {
  await shop();
  const service = await addressOfService("api");
  const pod = await podOf("api");
  for (const victim of victims) await test.step(victim.name, () => round(victim, service, pod));
});
