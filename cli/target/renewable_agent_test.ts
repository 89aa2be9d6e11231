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
