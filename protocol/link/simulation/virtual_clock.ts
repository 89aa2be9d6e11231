import type { Clock, Timer } from "../clock.ts";

interface Entry {
  atMs: number;
  order: number;
  run: (() => void) | null;
}

/** How many turns of the microtask queue pass without anything moving before time goes on. */
const settlingTurns = 16;

/** A clock that goes on only when everything that can happen now has happened. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #heap: Entry[] = [];
  #moved = false;

  now(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Runs at that time, or as soon as possible; what is set for the same time runs in the order of setting. */
  at(atMs: number, run: () => void): Timer {
    const entry: Entry = { atMs: Math.max(this.#nowMs, atMs), order: this.#order++, run };
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    return entry;
  }

  clearTimer(timer: Timer): void {
    (timer as Entry).run = null;
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(delayMs, resolve));
  }

  /** Bytes moved: more may follow before time goes on. */
  move(): void {
    this.#moved = true;
  }

  /** Lets time pass until `done` or until nothing more can happen; throws when `untilMs` is reached before. */
  async run(done: () => boolean, untilMs: number): Promise<void> {
    for (;;) {
      do {
        this.#moved = false;
        for (let turn = 0; turn < settlingTurns; turn++) await null;
      } while (this.#moved);
      if (done()) return;
      const entry = this.#pop();
      if (entry === null) throw new Error(`Nothing can happen any more after ${this.#nowMs} ms`);
      if (entry.atMs > untilMs) throw new Error(`Not done after ${untilMs} ms`);
      this.#nowMs = Math.max(this.#nowMs, entry.atMs);
      const run = entry.run!;
      entry.run = null;
      run();
    }
  }

  /** The next timer that was not cleared. */
  #pop(): Entry | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return null;
      const last = this.#heap.pop()!;
      if (this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#down(0);
      }
      if (first.run !== null) return first;
    }
  }

  #up(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLater(parent, index)) return;
      index = parent;
    }
  }

  #down(index: number): void {
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && isLater(this.#heap[left]!, this.#heap[right]!) ? right : left;
      if (!this.#swapIfLater(index, child)) return;
      index = child;
    }
  }

  #swapIfLater(parent: number, child: number): boolean {
    const heap = this.#heap;
    if (!isLater(heap[parent]!, heap[child]!)) return false;
    [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
    return true;
  }
}

/** A view of another clock that knows how many of the timers set through it are still to run. */
export class CountingClock implements Clock {
  #clock: VirtualClock;
  #pending = new Set<Timer>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#pending.delete(timer);
      run();
    });
    this.#pending.add(timer);
    return timer;
  }

  clearTimer(timer: Timer): void {
    this.#pending.delete(timer);
    this.#clock.clearTimer(timer);
  }
}

function isLater(one: Entry, other: Entry): boolean {
  return one.atMs > other.atMs || (one.atMs === other.atMs && one.order > other.order);
}
