/** A pair of sessions over a simulated network, for tests that set the scene themselves. */
import { type ConnectOptions, connectSession } from "../client.ts";
import { type ServerOptions, SessionServer } from "../server.ts";
import type { Session } from "../session.ts";
import type { Tunnel } from "../tunnel.ts";
import { type Manners, SimulatedTunnel } from "./network.ts";
import { Random } from "./random.ts";
import { CountingClock, VirtualClock } from "./virtual_clock.ts";

export const pairToken = new Uint8Array([1, 2, 3]);
const latencyMs = 10;
const calm: Manners = {
  latencyMs,
  jitterMs: 0,
  bytesPerMs: 100_000,
  capacity: 1_000_000,
  readBytes: 1_000_000,
  duplicate: 0,
  reorder: 0,
};

export class SimulatedPair {
  readonly clock = new VirtualClock();
  /** What the link sees of it. */
  readonly linkClock = new CountingClock(this.clock);
  readonly manners: Manners;
  server: SessionServer;
  /** The server's sessions, in order. */
  readonly served: Session[] = [];
  readonly tunnels: SimulatedTunnel[] = [];
  /** When each dial was begun. */
  readonly dialledMs: number[] = [];
  /** What a dial does instead of making a tunnel. */
  insteadOfDial: ((signal?: AbortSignal) => Promise<Tunnel>) | null = null;
  readonly #serverOptions: Partial<ServerOptions>;

  constructor(manners: Partial<Manners> = {}, serverOptions: Partial<ServerOptions> = {}) {
    this.manners = { ...calm, ...manners };
    this.#serverOptions = serverOptions;
    this.server = this.startServer();
  }

  /** A server with this pair's token that knows no session. */
  startServer(): SessionServer {
    return new SessionServer({
      tokenHash: pairToken,
      digest: (bytes) => Promise.resolve(bytes),
      onSession: (session) => this.served.push(session),
      clock: this.linkClock,
      ...this.#serverOptions,
    });
  }

  readonly dial = (signal?: AbortSignal): Promise<Tunnel> => {
    this.dialledMs.push(this.clock.now());
    if (this.insteadOfDial !== null) return this.insteadOfDial(signal);
    const tunnel = new SimulatedTunnel(this.clock, new Random(this.tunnels.length), this.manners);
    this.tunnels.push(tunnel);
    this.server.accept(tunnel.server);
    return Promise.resolve(tunnel.client);
  };

  connect(options: Partial<ConnectOptions> = {}): Promise<Session> {
    const { dial, linkClock: clock } = this;
    return this.run(connectSession({ dial, token: pairToken, holder: "tester@here", clock, ...options }));
  }

  /** Lets time pass until `work` is done, at most an hour. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    work.catch(() => {}).then(() => isDone = true);
    await this.clock.run(() => isDone, this.clock.now() + 3_600_000);
    return await work;
  }

  /** Lets `delayMs` pass. */
  pass(delayMs: number): Promise<void> {
    return this.run(this.clock.sleep(delayMs));
  }
}
