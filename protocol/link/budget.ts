import { initialWindowTiers, lossySessionBytes, maximumWindowBytes, receiveWindowsBytes } from "../limits.ts";

/** A receive window that belongs to one stream. */
export interface Window {
  /** What the stream began with. */
  initial: number;
  /** What it may have unread now. */
  size: number;
}

/**
 * The memory of one session on one side: the sum of all receive windows, and of the lossy messages that wait.
 * When windows have taken everything, those above the fair share give back as their data is read.
 */
export class Budget {
  /** Sum of the sizes of all windows. */
  granted = 0;
  /** Lossy messages waiting to be sent, and to be read. */
  lossyOutgoing = 0;
  lossyIncoming = 0;
  #grown = 0;
  #grownBytes = 0;
  #short = false;

  /** The window a new stream begins with when `streams` are open. */
  initialWindow(streams: number): number {
    return initialWindowTiers.find((tier) => streams < tier.streamsBelow)!.windowBytes;
  }

  /** A window of `initial` bytes, or `wanted` if that fits. */
  reserve(initial: number, wanted = initial): Window {
    const window = { initial, size: initial };
    this.granted += initial;
    if (wanted > initial) this.#resize(window, Math.min(wanted, maximumWindowBytes, initial + Math.max(0, this.#free)));
    return window;
  }

  /** Doubles the window as far as there is room; tells whether it grew. */
  grow(window: Window): boolean {
    const wanted = Math.min(window.size * 2, maximumWindowBytes);
    const size = Math.min(wanted, window.size + Math.max(0, this.#free));
    this.#short = size < wanted;
    if (size <= window.size) return false;
    this.#resize(window, size);
    return true;
  }

  /** Takes back what is above the fair share, but not below `held` (bytes the peer may still send). */
  shrink(window: Window, held: number): void {
    if (!this.#short || this.#grown === 0) return;
    const fair = Math.max(window.initial, Math.floor((this.#free + this.#grownBytes) / this.#grown));
    if (window.size > fair) this.#resize(window, Math.max(fair, Math.min(held, window.size)));
  }

  release(window: Window): void {
    this.#resize(window, window.initial);
    this.granted -= window.initial;
    window.initial = 0;
    window.size = 0;
    this.#short = false;
  }

  /** Room for a lossy message of `bytes` in one direction. */
  hasLossyRoom(direction: "lossyOutgoing" | "lossyIncoming", bytes: number): boolean {
    return this[direction] + bytes <= lossySessionBytes;
  }

  get #free(): number {
    return receiveWindowsBytes - this.granted;
  }

  #resize(window: Window, size: number): void {
    const before = window.size;
    this.granted += size - before;
    if (before > window.initial) {
      this.#grown--;
      this.#grownBytes -= before;
    }
    if (size > window.initial) {
      this.#grown++;
      this.#grownBytes += size;
    }
    window.size = size;
  }
}
