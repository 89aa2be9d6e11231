/** Answers that still hold. Questions under way are shared. */
import type { Question } from "./message.ts";
import type { Outcome } from "./question.ts";

interface Entry {
  outcome: Promise<Outcome>;
  /** On the clock of `performance.now()`; infinite while the question is under way. */
  expiresMs: number;
}

const entriesMax = 512;
/** However long an answer may be kept, services come and go while a session lives. */
const positiveTtlMaxMs = 30_000;
const negativeTtlMaxMs = 5_000;

export class AnswerCache {
  readonly #entries = new Map<string, Entry>();

  /** The known answer, or that of `ask`. `configuration`: what else the answer depends on. */
  get(configuration: string, question: Question, ask: () => Promise<Outcome>): Promise<Outcome> {
    const key = `${configuration} ${question.type} ${question.name.toLowerCase()}`;
    const known = this.#entries.get(key);
    if (known !== undefined && known.expiresMs > performance.now()) return known.outcome;
    const entry: Entry = { outcome: ask(), expiresMs: Infinity };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#dropOldest();
    void entry.outcome.then((outcome) => this.#settle(key, entry, outcome), () => this.#entries.delete(key));
    return entry.outcome;
  }

  clear(): void {
    this.#entries.clear();
  }

  #settle(key: string, entry: Entry, outcome: Outcome): void {
    const lifeMs = lifeOf(outcome);
    entry.expiresMs = performance.now() + lifeMs;
    if (lifeMs === 0 && this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #dropOldest(): void {
    if (this.#entries.size <= entriesMax) return;
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      return;
    }
  }
}

function lifeOf(outcome: Outcome): number {
  if (outcome.kind === "found") return Math.min(outcome.ttlSeconds * 1000, positiveTtlMaxMs);
  if (outcome.kind === "noData" || outcome.kind === "noName") {
    return Math.min(outcome.ttlSeconds * 1000, negativeTtlMaxMs);
  }
  return 0;
}
