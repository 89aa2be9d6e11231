/** When an agent has nothing left to live for. */

/** After the last session has ended another may follow at once: a client that begins anew. */
const lastGraceMs = 1_000;

export class Lifetime {
  readonly #startGraceMs: number;
  readonly #over = Promise.withResolvers<"unused" | "done">();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sessions = 0;
  /** Until then our own first client may still come, whatever others do. */
  #startGraceEndMs: number;

  /** `startGraceMs`: how long to wait for the first session; infinite: never over. */
  constructor(startGraceMs: number) {
    this.#startGraceMs = startGraceMs;
    this.#startGraceEndMs = performance.now() + startGraceMs;
    this.#wait(startGraceMs, "unused");
  }

  /** Resolves when nobody came (`unused`), or when the last session is over (`done`). */
  get over(): Promise<"unused" | "done"> {
    return this.#over.promise;
  }

  /** The sessions there were are lost, and may come back as new ones: waits as at the start. */
  restart(): void {
    if (this.#sessions === 0) return;
    this.#sessions = 0;
    this.#startGraceEndMs = performance.now() + this.#startGraceMs;
    this.#wait(this.#startGraceMs, "unused");
  }

  /** `sessions`: how many there are. `own`: how many of them are of clients that connect to this agent itself. */
  update(sessions: number, own = sessions): void {
    if (own > 0) this.#startGraceEndMs = 0;
    if (sessions === this.#sessions) return;
    this.#sessions = sessions;
    if (sessions > 0) return clearTimeout(this.#timer);
    const startGraceMs = this.#startGraceEndMs - performance.now();
    if (startGraceMs > lastGraceMs) this.#wait(startGraceMs, "unused");
    else this.#wait(lastGraceMs, "done");
  }

  #wait(graceMs: number, reason: "unused" | "done"): void {
    clearTimeout(this.#timer);
    if (this.#startGraceMs === Infinity) return;
    this.#timer = setTimeout(() => this.#over.resolve(reason), graceMs);
  }
}
