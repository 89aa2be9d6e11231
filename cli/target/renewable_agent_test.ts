import assert from "node:assert/strict";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { RenewableAgent } from "./renewable_agent.ts";

/** Agents that die when told to; each start is another one. */
class Agents {
  started = 0;
  stopped = 0;
  alive = true;
  readonly tunnels: { agent: number; closed: boolean }[] = [];

  start = async () => {
    const agent = ++this.started;
    this.alive = true;
    await Promise.resolve();
    return {
      dial: () => this.#dial(agent),
      hasEnded: () => Promise.resolve(!this.alive),
      stop: () => Promise.resolve(void this.stopped++),
    };
  };

  #dial(agent: number): Promise<Tunnel> {
    if (!this.alive) return Promise.reject(new Error("refused"));
    const made = { agent, closed: false };
    this.tunnels.push(made);
    return Promise.resolve({
      read: () => Promise.resolve(null),
      write: () => Promise.resolve(),
      close: () => void (made.closed = true),
    });
  }
}

Deno.test("the agent is started once, however many dial at the same time", async () => {
  const agents = new Agents();
  const renewable = new RenewableAgent(agents.start);
  await Promise.all([renewable.dial(), renewable.dial(), renewable.ensure()]);
  assert.deepEqual([agents.started, agents.tunnels.length], [1, 2]);
});

Deno.test("an agent that has ended is started again by the dial, once for all who dial", async () => {
  const agents = new Agents();
  const renewable = new RenewableAgent(agents.start);
  await renewable.dial();
  agents.alive = false;
  await Promise.all([renewable.dial(), renewable.dial()]);
  assert.equal(agents.started, 2);
  assert.deepEqual(agents.tunnels.map(({ agent }) => agent), [1, 2, 2]);
});

Deno.test("a dial that fails although the agent lives is a failed dial", async () => {
  const agents = new Agents();
  const renewable = new RenewableAgent(async () => ({
    ...await agents.start(),
    dial: () => Promise.reject(new Error("the network is down")),
  }));
  await assert.rejects(renewable.dial(), /the network is down/);
  assert.equal(agents.started, 1);
});

Deno.test("a tunnel that ends before a byte came raises doubt: the next dial asks first", async () => {
  const agents = new Agents();
  let asked = 0;
  const renewable = new RenewableAgent(async () => {
    const agent = await agents.start();
    const hasEnded = () => {
      asked++;
      return Promise.resolve(asked === 2);
    };
    return { ...agent, hasEnded };
  });
  await (await renewable.dial()).read(new Uint8Array(1));
  assert.equal(asked, 0);
  await (await renewable.dial()).read(new Uint8Array(1));
  assert.deepEqual([asked, agents.started], [1, 1], "it was asked, and lives");
  await renewable.dial();
  assert.deepEqual([asked, agents.started], [2, 2], "it was asked again, and has ended");
});

Deno.test("an agent abandoned while it starts does not take its successor away", async () => {
  const agents = new Agents();
  const slow = Promise.withResolvers<never>();
  let attempts = 0;
  const renewable = new RenewableAgent(() => ++attempts === 1 ? slow.promise : agents.start());
  const first = renewable.dial();
  await renewable.abandon();
  await renewable.dial();
  slow.reject(new Error("the pod is gone"));
  await assert.rejects(first, /the pod is gone/);
  await renewable.dial();
  assert.equal(agents.started, 1);
});

Deno.test("an agent that comes up after it was abandoned is stopped", async () => {
  const agents = new Agents();
  const slow = Promise.withResolvers<void>();
  const renewable = new RenewableAgent(() => slow.promise.then(agents.start));
  const first = renewable.ensure();
  await renewable.abandon();
  assert.equal(agents.stopped, 0);
  slow.resolve();
  await first;
  await Promise.resolve();
  assert.equal(agents.stopped, 1);
});

Deno.test("a failed start is not the last", async () => {
  let attempts = 0;
  const agents = new Agents();
  const renewable = new RenewableAgent(() => ++attempts === 1 ? Promise.reject(new Error("no room")) : agents.start());
  await assert.rejects(renewable.dial(), /no room/);
  await renewable.dial();
  assert.equal(agents.started, 1);
});

Deno.test("an agent that ends again and again is given up", async () => {
  const agents = new Agents();
  const renewable = new RenewableAgent(async () => {
    const agent = await agents.start();
    agents.alive = false;
    return agent;
  });
  for (let dial = 0; dial < 4; dial++) await assert.rejects(renewable.dial());
  await assert.rejects(renewable.dial(), /ended 5 times within a minute/);
  assert.equal(agents.started, 5);
});

Deno.test("an abandoned agent is stopped, its tunnels are closed, and the next dial starts another", async () => {
  const agents = new Agents();
  const renewable = new RenewableAgent(agents.start);
  await renewable.dial();
  await renewable.abandon();
  assert.deepEqual([agents.stopped, agents.tunnels[0]!.closed], [1, true]);
  await renewable.dial();
  assert.equal(agents.tunnels[1]!.agent, 2);
});

Deno.test("after the close nothing is dialled; the agent is stopped only when told", async () => {
  const agents = new Agents();
  const renewable = new RenewableAgent(agents.start);
  await renewable.ensure();
  await renewable.close(false);
  assert.equal(agents.stopped, 0);
  await assert.rejects(renewable.dial(), /the target was closed/);
  const other = new RenewableAgent(agents.start);
  await other.ensure();
  await other.close(true);
  assert.equal(agents.stopped, 1);
});
