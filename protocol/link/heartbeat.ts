import { tickMs } from "../limits.ts";
import type { Clock, Timer } from "./clock.ts";

/** Beats every `tickMs` while it runs. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #beat: (nowMs: number, stoodStillMs: number) => void;
  #timer: Timer = null;
  #lastMs = 0;

  /** `beat` is told for how long this process stood still: what came meanwhile is still waiting to be read. */
  constructor(clock: Clock, beat: (nowMs: number, stoodStillMs: number) => void) {
    this.#clock = clock;
    this.#beat = beat;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#lastMs = this.#clock.now();
    this.#timer = this.#clock.setTimer(tickMs, this.#run);
  }

  stop(): void {
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    this.#timer = null;
  }

  #run = (): void => {
    const nowMs = this.#clock.now();
    const stoodStillMs = Math.max(0, nowMs - this.#lastMs - 2 * tickMs);
    this.#lastMs = nowMs;
    this.#timer = this.#clock.setTimer(tickMs, this.#run);
    this.#beat(nowMs, stoodStillMs);
  };
}

/** One timer that can be set again; setting it clears the last setting. */
export class Alarm {
  readonly #clock: Clock;
  #timer: Timer = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(delayMs: number, run: () => void): void {
    this.clear();
    this.#timer = this.#clock.setTimer(delayMs, run);
  }

  clear(): void {
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    this.#timer = null;
  }
}
