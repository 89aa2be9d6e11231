/** How long a session lives: as long as the program, or any process that came of it. */
import type { Poller } from "../system/poller.ts";
import { isVisible, openProcess, type SessionMarks, sessionProcesses } from "./processes.ts";

/** A process that is just being born may be missed by the first look. */
const secondLookMs = 50;

export interface LifetimeOptions {
  /** The pid that becomes the program, and its start time in clock ticks. */
  pid: number;
  startTicks: number;
  marks: SessionMarks;
  poller: Poller;
  /** How long to wait after the last connected layer, if there were layers in processes that cannot be looked into. */
  idleTimeoutMs: number;
}

export class Lifetime {
  readonly #options: LifetimeOptions;
  /** Resolves when the program itself has ended. */
  readonly programEnded: Promise<void>;
  #layers = 0;
  #onIdle: (() => void) | null = null;
  #hasInvisible = false;

  constructor(options: LifetimeOptions) {
    this.#options = options;
    this.programEnded = this.#ended(options.pid, options.startTicks);
  }

  /** All processes of the session that can be found, the program first. */
  processes(): number[] {
    const { pid, startTicks, marks } = this.#options;
    const others = sessionProcesses(marks).filter((other) => other !== pid);
    const program = openProcess(pid, startTicks);
    program?.close();
    return program === null ? others : [pid, ...others];
  }

  /** A layer has joined from process `pid`. */
  joined(pid: number): void {
    this.#hasInvisible ||= !isVisible(pid);
  }

  /** The number of connected layers has changed. */
  layersChanged(count: number): void {
    this.#layers = count;
    if (count > 0 || this.#onIdle === null) return;
    this.#onIdle();
    this.#onIdle = null;
  }

  /** Resolves when no process of the session is left. */
  async over(): Promise<void> {
    await this.programEnded;
    do {
      if (this.#layers > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
      await this.#othersEnded();
      if (this.#hasInvisible) await delay(this.#options.idleTimeoutMs);
    } while (this.#layers > 0);
  }

  async #othersEnded(): Promise<void> {
    for (let looks = 0; looks < 2;) {
      const others = sessionProcesses(this.#options.marks);
      looks = others.length === 0 ? looks + 1 : 0;
      if (others.length === 0) await delay(secondLookMs);
      else await Promise.all(others.map((pid) => this.#ended(pid)));
    }
  }

  async #ended(pid: number, startTicks?: number): Promise<void> {
    const handle = openProcess(pid, startTicks);
    if (handle === null) return;
    await handle.ended(this.#options.poller);
    handle.close();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
