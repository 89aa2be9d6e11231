/** What the agent is busy with, by name, for its log and for whoever asks with SIGUSR1. */

/** Gauges go up and down; totals only up. */
export class Metrics {
  readonly #gauges = new Map<string, number>();
  readonly #totals = new Map<string, number>();

  /** Counts something in `name` as long as `activity` takes, and in the total of that name. */
  async during<T>(name: string, activity: () => Promise<T>): Promise<T> {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + 1);
    this.#gauges.set(name, (this.#gauges.get(name) ?? 0) + 1);
    try {
      return await activity();
    } finally {
      this.#gauges.set(name, this.#gauges.get(name)! - 1);
    }
  }

  gauge(name: string): number {
    return this.#gauges.get(name) ?? 0;
  }

  total(name: string): number {
    return this.#totals.get(name) ?? 0;
  }

  /** `name now/total`, one after the other. */
  toString(): string {
    const names = [...this.#totals.keys()].sort();
    return names.map((name) => `${name} ${this.gauge(name)}/${this.total(name)}`).join(", ");
  }
}
