/** Many connections at a time, and what they cost in memory. */
import assert from "node:assert/strict";
import type { Session } from "../../protocol/link/mod.ts";
import { startAgent, type TestAgent } from "./support/agent_process.ts";
import { begin, bytesOf, connectTcp, readAll, textOf } from "./support/requests.ts";
import { startTarget, targetAddress } from "./support/target.ts";
import { echo, serveTcp } from "./support/tcp_server.ts";

const address = targetAddress.split(".").map(Number);
const MIB = 1024 * 1024;
const growthMax = 1.05;
const settleMs = 3000;
const patienceMs = 30_000;
const lookMs = 250;

/** The agent's memory without what it shares with other processes of the same executable, in MiB. */
async function memoryMiB(agent: TestAgent, field: "Anonymous" | "Rss"): Promise<number> {
  const rollup = await Deno.readTextFile(`/proc/${agent.pid}/smaps_rollup`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(rollup)![1]) / 1024;
}

/** The lowest size for a while, as garbage is given back in its own time; longer, while it is above `limitMiB`. */
async function settledMiB(agent: TestAgent, session: Session, limitMiB: number): Promise<number> {
  const started = performance.now();
  let lowest = Infinity;
  for (;;) {
    // An agent with nothing to do collects nothing.
    await begin(session, "describe", {}).then(({ stream }) => stream.end());
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    lowest = Math.min(lowest, await memoryMiB(agent, "Anonymous"));
    const waitedMs = performance.now() - started;
    if (waitedMs > patienceMs || (waitedMs > settleMs && lowest <= limitMiB)) return lowest;
  }
}

async function exchange(session: Session, port: number, text: string): Promise<void> {
  const { stream, reply } = await connectTcp(session, address, port);
  assert("ok" in reply);
  await stream.write(bytesOf(text));
  await stream.end();
  assert.equal(textOf(await readAll(stream) as Uint8Array), text);
}

Deno.test("1000 connections at a time, three rounds, memory stays", async () => {
  await using target = await startTarget();
  using server = serveTcp(target.pid, targetAddress, echo);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  const idle = await memoryMiB(agent, "Anonymous");
  const rounds: number[] = [];
  let open = 0;
  for (let round = 0; round < 3; round++) {
    const streams = await Promise.all(Array.from({ length: 1000 }, async (_, index) => {
      const { stream, reply } = await connectTcp(session, address, server.port);
      assert("ok" in reply, JSON.stringify(reply));
      await stream.write(bytesOf(`connection ${index}`));
      return stream;
    }));
    open = await memoryMiB(agent, "Anonymous");
    await Promise.all(streams.map(async (stream, index) => {
      await stream.end();
      assert.equal(textOf(await readAll(stream) as Uint8Array), `connection ${index}`);
    }));
    rounds.push(await settledMiB(agent, session, round < 2 ? Infinity : rounds[1] * growthMax));
  }
  const rss = await memoryMiB(agent, "Rss");
  console.log(
    `anonymous MiB: idle ${idle | 0}, 1000 open ${open | 0}, after rounds ${rounds.map(Math.round)}; RSS ${rss | 0}`,
  );
  assert(open < 80, `${open} MiB`);
  assert(rounds[2] <= rounds[1] * growthMax, `${rounds} MiB`);
  await session.end("done");
});

Deno.test("200 short connections a second", async () => {
  await using target = await startTarget();
  using server = serveTcp(target.pid, targetAddress, echo);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  const seconds = 5;
  const times: number[] = [];
  const began = performance.now();
  const running: Promise<void>[] = [];
  for (let index = 0; index < 200 * seconds; index++) {
    const wait = began + index * 5 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const start = performance.now();
    running.push(
      exchange(session, server.port, `request ${index}`).then(() => void times.push(performance.now() - start)),
    );
  }
  await Promise.all(running);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)].toFixed(2);
  console.log(
    `connect, request and answer: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ping ${(await session.ping()).toFixed(2)} ms`,
  );
  assert.equal(server.accepted, 200 * seconds);
  await session.end("done");
});

Deno.test("32 connections at 5000 requests a second stay below the memory budget", async () => {
  await using target = await startTarget();
  using server = serveTcp(target.pid, targetAddress, echo);
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  const seconds = 4;
  const perConnection = 5000 * seconds / 32;
  let highest = 0;
  const watch = setInterval(() => void memoryMiB(agent, "Rss").then((rss) => highest = Math.max(highest, rss)), 100);
  const request = new Uint8Array(1000).fill(65);
  const began = performance.now();
  await Promise.all(Array.from({ length: 32 }, async () => {
    const { stream } = await connectTcp(session, address, server.port);
    for (let index = 0; index < perConnection; index++) {
      await stream.write(request);
      for (let length = 0; length < request.length;) length += (await stream.read())!.length;
      const wait = began + (index + 1) * 32 / 5 - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    }
    stream.reset(0);
  }));
  const elapsed = (performance.now() - began) / 1000;
  clearInterval(watch);
  console.log(`${(5000 * seconds / elapsed) | 0} requests/s of 1 kB; agent's RSS at most ${highest | 0} MiB`);
  assert(highest < 128, `${highest} MiB`);
  await session.end("done");
});

Deno.test("a large file takes little memory, however slow its reader is", async () => {
  await using target = await startTarget();
  await Deno.writeFile(`${target.root}/data/large`, new Uint8Array(64 * MIB));
  await using agent = await startAgent({ pid: target.pid });
  const session = await agent.connect();
  const before = await memoryMiB(agent, "Anonymous");
  const { stream } = await begin(session, "openFile", {
    path: bytesOf("/data/large"),
    flags: 0,
    contentMax: 1n << 40n,
  });
  await stream.read();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const during = await memoryMiB(agent, "Anonymous");
  console.log(`anonymous MiB: before ${before | 0}, with an unread file ${during | 0}`);
  assert(during - before < 32, `${during - before} MiB`);
  stream.reset(0);
  await session.end("done");
});
