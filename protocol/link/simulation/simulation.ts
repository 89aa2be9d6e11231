import { connectSession, endSession } from "../client.ts";
import { SessionServer } from "../server.ts";
import type { EndReason } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Tunnel } from "../tunnel.ts";
import { Actor, type World } from "./actor.ts";
import { SimulatedTunnel } from "./network.ts";
import { drawPlan } from "./plan.ts";
import { Random } from "./random.ts";
import { drawScenario, type Ending, type Scenario } from "./scenario.ts";
import { CountingClock, VirtualClock } from "./virtual_clock.ts";

export interface Summary {
  tunnels: number;
  resumes: number;
  streams: number;
  bytes: number;
  messages: number;
  messagesDropped: number;
  virtualMs: number;
  ending: Ending;
}

const token = new Uint8Array([1, 2, 3, 4]);
const limitMs = 900_000;
const pollMs = 400;

/**
 * Simulates the session that follows from `seed`, from its first tunnel to its end.
 *
 * @throws when a byte is wrong or missing, a stream stays behind, or the end is not the expected one
 */
export async function simulate(seed: number): Promise<Summary> {
  const simulation = new Simulation(seed);
  const playing = simulation.play();
  let isOver = false;
  playing.catch(() => {}).then(() => isOver = true);
  await simulation.clock.run(() => isOver, limitMs);
  return await playing;
}

class Simulation {
  readonly clock = new VirtualClock();
  readonly #linkClock = new CountingClock(this.clock);
  readonly #random: Random;
  readonly #scenario: Scenario;
  readonly #world: World;
  #server: SessionServer;
  #sessions: Session[] = [];
  #live = new Set<SimulatedTunnel>();
  #dialled = 0;
  #resumes = 0;
  #faultsLeft: number;
  #isDark = false;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#scenario = drawScenario(this.#random);
    this.#faultsLeft = this.#scenario.faults;
    const { clock } = this;
    this.#world = { clock, ending: false, failures: [], streams: 0, bytes: 0, messages: 0, messagesDropped: 0 };
    this.#server = this.#startServer();
  }

  async play(): Promise<Summary> {
    const { ending, earlyEndMs, tunnels } = this.#scenario;
    const sessionId = Uint8Array.from({ length: 16 }, () => this.#random.whole(0, 255));
    const clock = this.#linkClock;
    const client = await connectSession({ dial: this.#dial, token, holder: "a@b", tunnels, clock, sessionId });
    const server = this.#sessions[0]!;
    client.onResume = () => void this.#resumes++;
    const actors = [new Actor(this.#world, client), new Actor(this.#world, server)];
    actors.forEach((actor, side) => this.#openStreams(actor, this.#scenario.streams[side as 0 | 1]));
    if (earlyEndMs === null) {
      await this.clock.sleep(this.#scenario.openingMs);
      await this.#until(() => actors.every((actor) => actor.busy === 0) && !client.streamCount && !server.streamCount);
      this.#checkNothingLeft();
    } else {
      await this.clock.sleep(earlyEndMs);
    }
    await this.#end(client, server, ending);
    await this.#until(() => actors.every((actor) => actor.busy === 0));
    await this.clock.sleep(20_000);
    this.#checkNothingLeft();
    if (this.#linkClock.pending > 0) throw new Error(`${this.#linkClock.pending} timers were left behind`);
    return this.#summary();
  }

  #summary(): Summary {
    const { streams, bytes, messages, messagesDropped } = this.#world;
    const [tunnels, resumes, virtualMs] = [this.#dialled, this.#resumes, Math.round(this.clock.now())];
    return { tunnels, resumes, streams, bytes, messages, messagesDropped, virtualMs, ending: this.#scenario.ending };
  }

  #startServer(): SessionServer {
    return new SessionServer({
      tokenHash: token,
      digest: (bytes) => Promise.resolve(bytes),
      onSession: (session) => this.#sessions.push(session),
      clock: this.#linkClock,
    });
  }

  #dial = async (signal?: AbortSignal): Promise<Tunnel> => {
    const isFirst = this.#dialled++ === 0;
    const random = this.#random;
    await this.clock.sleep(random.next() * this.#scenario.manners.latencyMs * 2);
    if (this.#isDark || (!isFirst && this.#fault(this.#scenario.dialFailure))) await failDial(random, signal);
    const tunnel = new SimulatedTunnel(this.clock, random, this.#scenario.manners);
    if (!isFirst && this.#isDark) tunnel.freeze("both");
    this.#live.add(tunnel);
    this.#server.accept(tunnel.server);
    this.#disturb(tunnel);
    return tunnel.client;
  };

  /** Draws whether a fault happens, as long as there are any left. */
  #fault(probability: number): boolean {
    if (this.#faultsLeft === 0 || !this.#random.chance(probability)) return false;
    this.#faultsLeft--;
    return true;
  }

  /** Something may happen to the tunnel some time after it was dialled; not during the very first hello. */
  #disturb(tunnel: SimulatedTunnel): void {
    if (!this.#fault(this.#scenario.faultProbability)) return;
    const random = this.#random;
    const first = this.#dialled === 1 ? 10 * this.#scenario.manners.latencyMs : 0;
    this.clock.setTimer(first + (random.chance(0.5) ? random.skewed(0, 500) : random.whole(0, 3000)), () => {
      if (random.chance(0.5)) return tunnel.cut(random.pick(["client", "server"]), random.skewed(0, 5000));
      tunnel.freeze(random.pick(["there", "back", "both"]));
      if (random.chance(0.7)) this.clock.setTimer(random.skewed(1, 8000), () => this.#isDark || tunnel.thaw());
    });
  }

  async #openStreams(actor: Actor, count: number): Promise<void> {
    const random = new Random(this.#random.whole(0, 2 ** 31));
    const planned = Array.from({ length: count }, () => random.next() * this.#scenario.openingMs).sort((a, b) => a - b);
    for (const atMs of planned) {
      const waitMs = atMs - this.clock.now();
      if (waitMs > 0 && random.chance(0.7)) await this.clock.sleep(waitMs);
      if (this.#world.ending) return;
      actor.open(drawPlan(random.whole(0, 2 ** 31)));
    }
  }

  async #end(client: Session, server: Session, ending: Ending): Promise<void> {
    this.#world.ending = true;
    const expected: Record<Ending, [EndReason["kind"], EndReason["kind"]]> = {
      client: ["local", "peer"],
      server: ["peer", "local"],
      guardian: ["lost", "peer"],
      silence: ["expired", "expired"],
      restart: ["lost", "expired"],
    };
    const [ofClient, ofServer] = expected[ending];
    await this.#say(client, server, ending);
    await this.#until(() => client.finished && server.finished);
    this.#expect("client", ofClient, await client.ended);
    this.#expect("server", ofServer, await server.ended);
  }

  async #say(client: Session, server: Session, ending: Ending): Promise<void> {
    if (ending === "client") await client.end("enough");
    if (ending === "server") await server.end("enough");
    if (ending === "silence") {
      this.#isDark = true;
      for (const tunnel of this.#live) tunnel.freeze("both");
    }
    if (ending === "restart") this.#server = this.#startServer();
    if (ending === "guardian") {
      this.#faultsLeft = 0;
      const known = await endSession(this.#dial, token, server.id, { clock: this.#linkClock, reason: "gone" });
      if (!known) throw new Error("The guardian's end found no session");
    }
    if (ending === "restart" || ending === "guardian") {
      for (const tunnel of this.#live) tunnel.cut("client", 0);
    }
  }

  /** What an end by one side looks like when the other side could not be told in time. */
  #expect(side: string, kind: EndReason["kind"], reason: EndReason): void {
    const { ending } = this.#scenario;
    const unreached = (ending === "client" || ending === "server") &&
      (reason.kind === "expired" || reason.kind === "lost");
    if (reason.kind !== kind && !unreached) {
      throw new Error(`The ${side} ended as ${reason.kind} (${reason.reason}) instead of ${kind}`);
    }
  }

  #checkNothingLeft(): void {
    const [failure] = this.#world.failures;
    if (failure !== undefined) throw failure;
    for (const session of this.#sessions) checkEmpty(session);
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      const [failure] = this.#world.failures;
      if (failure !== undefined) throw failure;
      await this.clock.sleep(pollMs);
    }
  }
}

function checkEmpty(session: Session): void {
  const { initial, grown, headers, lossyIncoming, lossyOutgoing } = session.streams.budget;
  const left = {
    streams: session.streamCount,
    unseen: session.streams.table.unseen.size,
    initial,
    grown,
    headers,
    lossyIncoming,
    lossyOutgoing,
  };
  if (Object.values(left).some((count) => count !== 0)) {
    throw new Error(`The ${session.side}'s session is not empty: ${JSON.stringify(left)}`);
  }
}

/** A dial that fails at once, or hangs until nobody wants it any more. */
async function failDial(random: Random, signal?: AbortSignal): Promise<never> {
  if (signal !== undefined && random.chance(0.5)) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
  throw new Error("The connection was refused");
}
