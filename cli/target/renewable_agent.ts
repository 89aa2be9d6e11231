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
    try {
      return this.#keep(await agent.dial());
    } catch (error) {
      if (!await agent.hasEnded()) throw error;
    }
    await this.#forget(agent);
    return this.#keep(await (await this.ensure()).dial());
  }

  /** Leaves the agent: its tunnels are closed, it is stopped, and the next dial starts another. */
  async abandon(): Promise<void> {
    const agent = this.#current;
    this.#current = null;
    for (const tunnel of this.#tunnels) tunnel.close();
    // Nobody waits for an agent whose target is gone.
    await agent?.then((running) => running.stop()).catch(() => {});
  }

  /** No agent is started any more; `stop` ends the one that runs. */
  async close(stop: boolean): Promise<void> {
    this.#closed = true;
    const agent = this.#current;
    this.#current = null;
    if (stop) await agent?.then((running) => running.stop(), () => {});
  }

  async #renew(): Promise<RunningAgent> {
    try {
      this.#countStart();
      return await this.#start();
    } catch (error) {
      this.#current = null;
      throw error;
    }
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
    if (await this.#current?.catch(() => null) === agent) this.#current = null;
  }

  #keep(tunnel: Tunnel): Tunnel {
    const kept: Tunnel = {
      read: (buffer) => tunnel.read(buffer),
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
