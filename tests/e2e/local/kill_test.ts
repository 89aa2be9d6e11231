/**
 * Whatever is killed, at whatever moment under a load of requests, the target has its traffic back in time, and nothing is
 * left behind (M-127, M-144, M-182). `MIRRORD_KILL_SEED` repeats a run.
 */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, spawn } from "../mirrord.ts";
import { kinds } from "../programs.ts";
import {
  agentsOf,
  cutUnixSockets,
  diversionsOf,
  leftoversAfter,
  type RunningSession,
  sessionOf,
} from "../running_session.ts";
import { publicPort } from "../target/scene.ts";

const rounds = Number(Deno.env.get("MIRRORD_KILL_ROUNDS") ?? 30);
const seed = Number(Deno.env.get("MIRRORD_KILL_SEED") ?? Date.now() % 1_000_000);

interface Victim {
  name: string;
  strike(session: RunningSession, isolated: IsolatedTarget): Promise<void>;
  /** How soon the target must answer again. */
  limitMs: number;
  /** The session goes on afterwards: the program answers again. */
  resumes: boolean;
}

const agentOf = (isolated: IsolatedTarget) => agentsOf(isolated.pid)[0]!;

const victims: Victim[] = [
  { name: "program", strike: (session) => kill(session.programPid), limitMs: 2000, resumes: false },
  { name: "proxy", strike: (session) => kill(session.proxyPid), limitMs: 2000, resumes: false },
  { name: "agent", strike: (_, isolated) => kill(agentOf(isolated)), limitMs: 100, resumes: true },
  { name: "tunnel", strike: cutTunnel, limitMs: 2000, resumes: true },
  {
    name: "silence",
    strike: (session) => Promise.resolve(Deno.kill(session.proxyPid, "SIGSTOP")),
    limitMs: 3000,
    resumes: true,
  },
];

function kill(pid: number): Promise<void> {
  return Promise.resolve(Deno.kill(pid, "SIGKILL"));
}

async function cutTunnel(_: RunningSession, isolated: IsolatedTarget): Promise<void> {
  assert.ok(await cutUnixSockets(agentOf(isolated), "mirrord-agent") > 0, "a tunnel was cut");
}

/** A small generator, so that a seed repeats a run. */
function random(state: { value: number }): number {
  state.value = (Math.imul(state.value, 1664525) + 1013904223) >>> 0;
  return state.value / 2 ** 32;
}

/** Milliseconds until the target itself answers. A cut tunnel may heal before anybody asks: then it is 0. */
async function targetBackMs(isolated: IsolatedTarget, victim: Victim): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < victim.limitMs + 5000) {
    const answer = await isolated.order<string>({ do: "get", port: publicPort, timeoutMs: 500 }).catch(() => "");
    if (answer === "target") return performance.now() - started;
    if (victim.name === "tunnel" && answer === "local") return 0;
  }
  return Infinity;
}

async function round(isolated: IsolatedTarget, victim: Victim, delayMs: number): Promise<number> {
  const before = await diversionsOf(isolated.pid);
  const command = [...await kinds[0]!.answer(), String(publicPort), "local"];
  const child = spawn(isolated.path, command, { flags: ["--steal"] });
  const output = child.output();
  const session = await sessionOf(child.pid);
  try {
    assert.equal(await eventually(() => isolated.get(publicPort), "local"), "local");
    const load = isolated.order({ do: "load", port: publicPort, connections: 4, ms: delayMs + 500 });
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await victim.strike(session, isolated);
    const backMs = await targetBackMs(isolated, victim);
    if (victim.name === "silence") Deno.kill(session.proxyPid, "SIGCONT");
    await load;
    if (victim.resumes) assert.equal(await eventually(() => isolated.get(publicPort), "local"), "local", "it resumes");
    return backMs;
  } finally {
    await end(child.pid);
    await output;
    assert.deepEqual(await leftoversAfter(session, isolated.pid, 5000), [], "nothing is left");
    assert.equal(await diversionsOf(isolated.pid), before, "rules and links are as before");
  }
}

function end(pid: number): Promise<void> {
  try {
    Deno.kill(pid, "SIGTERM");
  } catch {
    // it has ended
  }
  return Promise.resolve();
}

Deno.test(`killed at ${rounds} random moments, seed ${seed}`, async (test) => {
  await using isolated = await IsolatedTarget.start();
  const state = { value: seed };
  for (let index = 0; index < rounds; index++) {
    const victim = victims[index % victims.length]!;
    const delayMs = Math.floor(random(state) * 800);
    await test.step(`${victim.name} after ${delayMs} ms`, async () => {
      const backMs = await round(isolated, victim, delayMs);
      console.log(`${victim.name}: the target answers after ${backMs.toFixed(0)} ms`);
      assert.ok(backMs <= victim.limitMs, `${backMs} ms, at most ${victim.limitMs}`);
    });
  }
});
