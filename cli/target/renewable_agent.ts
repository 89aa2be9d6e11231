/** An agent that is started again when it has ended, and left behind when the target has moved. */
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { MirrordError } from "../error.ts";

/** One start of an agent. */
export interface RunningAgent {
  dial(): Promise<Tunnel>;
  /** Asked after a failed dial: whether there is no agent any more. */
  hasEnded(): Promise<boolean>;
  /** Ends it at once, for everybody. */
  stop(): Promise<void>;
}

/** An agent that ends again and again is not worth starting. */
const startsMax = 5;
const startsPeriodMs = 60_000;

export class RenewableAgent {
  readonly #start: () => Promise<RunningAgent>;
  readonly #tunnels = new Set<Tunnel>();
  readonly #startTimes: number[] = [];
  #current: Promise<RunningAgent> | null = null;
  /** The current one, once it runs. */
  #running: RunningAgent | null = null;
  /** Its last tunnel ended before a byte came: through an API server or an engine, a refused connection looks like that. */
  #doubted: RunningAgent | null = null;
  #closed = false;

  constructor(start: () => Promise<RunningAgent>) {
    this.#start = start;
  }

  /** Starts the agent unless it runs; shared by all who call meanwhile. */
  ensure(): Promise<RunningAgent> {
    if (this.#closed) return Promise.reject(new MirrordError("the target was closed"));
    this.#current ??= this.#renew();
    return this.#current;
  }

  async dial(): Promise<Tunnel> {
    const agent = await this.ensure();
    if (this.#doubted !== agent || !await agent.hasEnded()) {
      try {
        return this.#keep(agent, await agent.dial());
      } catch (error) {
        if (!await agent.hasEnded()) throw error;
      }
    }
    await this.#forget(agent);
    const next = await this.ensure();
    return this.#keep(next, await next.dial());
  }

  /**
   * Leaves the agent: its tunnels are closed, it is stopped, and the next dial starts another. One that is just being started
   * is stopped when it runs, without waiting for it.
   */
  async abandon(): Promise<void> {
    const [starting, running] = [this.#current, this.#running];
    this.#current = this.#running = null;
    for (const tunnel of this.#tunnels) tunnel.close();
    if (running !== null) await running.stop().catch(() => {});
    else starting?.then((late) => late.stop()).catch(() => {});
  }

  /** No agent is started any more; `stop` ends the one that runs. */
  async close(stop: boolean): Promise<void> {
    this.#closed = true;
    const agent = this.#current;
    this.#current = null;
    if (stop) await agent?.then((running) => running.stop(), () => {});
  }

  /** A failed start is forgotten, so that the next dial starts again. */
  #renew(): Promise<RunningAgent> {
    const starting = this.#counted();
    starting.then((running) => {
      if (this.#current === starting) this.#running = running;
    }, () => {
      if (this.#current === starting) this.#current = null;
    });
    return starting;
  }

  async #counted(): Promise<RunningAgent> {
    this.#countStart();
    return await this.#start();
  }

  #countStart(): void {
    const now = performance.now();
    while (this.#startTimes.length > 0 && now - this.#startTimes[0]! > startsPeriodMs) this.#startTimes.shift();
    if (this.#startTimes.length >= startsMax) {
      throw new MirrordError(`the agent ended ${startsMax} times within a minute`, { help: "Look at its log." });
    }
    this.#startTimes.push(now);
  }

  /** Others may have replaced the agent while this caller found out that it has ended. */
  async #forget(agent: RunningAgent): Promise<void> {
    if (await this.#current?.catch(() => null) === agent) this.#current = this.#running = null;
  }

  #keep(agent: RunningAgent, tunnel: Tunnel): Tunnel {
    let heard = false;
    const kept: Tunnel = {
      read: async (buffer) => {
        const count = await tunnel.read(buffer).catch((error) => {
          if (!heard) this.#doubted = agent;
          throw error;
        });
        if (count !== null) heard = true;
        else if (!heard) this.#doubted = agent;
        return count;
      },
      write: (bytes) => tunnel.write(bytes),
      close: () => {
        this.#tunnels.delete(kept);
        tunnel.close();
      },
    };
    this.#tunnels.add(kept);
    return kept;
  }
}
