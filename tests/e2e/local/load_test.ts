/**
 * A thousand connections at a time, then 200 short ones a second for a minute, three times: none fails, and the memory of
 * proxy and agent stays what it was. `MIRRORD_LOAD_SECONDS` shortens the minute.
 */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { spawn } from "../mirrord.ts";
import { agentsOf, sessionOf } from "../running_session.ts";
import { linesOf } from "../program_output.ts";
import { address, echoPort } from "../target/scene.ts";

const program = new URL("../../apps/python/load.py", import.meta.url).pathname;
const connections = 1000;
const shortPerSecond = 200;
const seconds = Number(Deno.env.get("MIRRORD_LOAD_SECONDS") ?? 60);
const rounds = 3;
const growthMax = 1.05;
/** What was used last is given back in its own time: the lowest of many looks counts. */
const settleMs = 6000;
const patienceMs = 30_000;
const lookMs = 500;

/** A line of the program's, after each round. */
interface Round {
  failed: Record<string, number>;
  openMs: number;
  short: { count: number; p50: number; p99: number; max: number };
}

/** What the processes have of the machine's memory, shared pages counted in parts; MiB. */
function memoryMiB(pids: number[]): number {
  const sizes = pids.map((pid) => {
    const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    return Number(rollup.match(/^Pss:\s+(\d+) kB/m)![1]) / 1024;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The lowest size for a while; longer, while it is above `limitMiB`. */
async function settledMiB(pids: number[], limitMiB: number): Promise<number> {
  const started = performance.now();
  let lowest = Infinity;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    lowest = Math.min(lowest, memoryMiB(pids));
    const waitedMs = performance.now() - started;
    if (waitedMs > patienceMs || (waitedMs > settleMs && lowest <= limitMiB)) return lowest;
  }
}

Deno.test("load, three times: nothing fails, nothing leaks", async () => {
  await using isolated = await IsolatedTarget.start();
  const words = [address, echoPort, connections, shortPerSecond, seconds].map(String);
  const child = spawn(isolated.path, ["python3", program, ...words]);
  const stderr = new Response(child.stderr).text();
  const memory: number[] = [];
  try {
    const { proxyPid } = await sessionOf(child.pid);
    const pids = [proxyPid, ...agentsOf(isolated.pid)];
    assert.equal(pids.length, 2);
    console.log(`before: ${memoryMiB(pids).toFixed(1)} MiB`);
    for await (const { failed, openMs, short } of linesOf<Round>(child.stdout)) {
      memory.push(await settledMiB(pids, memory.length < 2 ? Infinity : memory[1]! * growthMax));
      console.log(
        `${connections} open in ${openMs} ms; ${short.count} short ones: p50 ${short.p50.toFixed(1)} ms, ` +
          `p99 ${short.p99.toFixed(1)} ms, longest ${short.max.toFixed(0)} ms; ` +
          `proxy and agent ${memory.at(-1)!.toFixed(1)} MiB`,
      );
      assert.deepEqual(failed, {});
      assert.equal(short.count, shortPerSecond * seconds);
      if (memory.length === rounds) break;
      child.kill("SIGUSR1");
    }
  } finally {
    child.kill("SIGTERM");
  }
  await child.status;
  assert.equal(await stderr, "");
  assert.ok(memory[2]! <= memory[1]! * growthMax, `${memory.map((size) => size.toFixed(1)).join(", ")} MiB`);
});
