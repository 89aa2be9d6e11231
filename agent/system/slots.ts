/** Threads for calls that may hang: they must not use up the pool that sockets and packet capture wait in. */

export interface SlotLimits {
  /** Calls that run at the same time. */
  active: number;
  /** A call that takes longer is stuck: it no longer keeps others from running, but for `total`. */
  stuckAfterMs: number;
  /** Calls at the same time, stuck ones among them. */
  total: number;
}

interface Running {
  readonly beganMs: number;
}

export class Slots {
  readonly #limits: SlotLimits;
  readonly #within: Slots | null;
  /** The oldest first. */
  readonly #running = new Set<Running>();
  readonly #queue: ((running: Running) => void)[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `within`: calls need a slot of these too. */
  constructor(limits: SlotLimits, within: Slots | null = null) {
    this.#limits = limits;
    this.#within = within;
  }

  /** Runs `call` as soon as there is room. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const running = this.#queue.length === 0 && this.#hasRoom() ? this.#begin() : await this.#wait();
    try {
      return await (this.#within === null ? call() : this.#within.run(call));
    } finally {
      this.#running.delete(running);
      this.#admit();
    }
  }

  #begin(): Running {
    const running = { beganMs: performance.now() };
    this.#running.add(running);
    return running;
  }

  #wait(): Promise<Running> {
    // While somebody waits, running calls may turn out to be stuck.
    this.#timer ??= setInterval(() => this.#admit(), this.#limits.stuckAfterMs / 2);
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  #admit(): void {
    while (this.#queue.length > 0 && this.#hasRoom()) this.#queue.shift()!(this.#begin());
    if (this.#queue.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #hasRoom(): boolean {
    if (this.#running.size >= this.#limits.total) return false;
    return this.#running.size - this.#stuck() < this.#limits.active;
  }

  #stuck(): number {
    const latestMs = performance.now() - this.#limits.stuckAfterMs;
    let count = 0;
    for (const { beganMs } of this.#running) {
      if (beganMs > latestMs) break;
      count++;
    }
    return count;
  }
}
