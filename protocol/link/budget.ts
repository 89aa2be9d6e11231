import {
  grownWindowsBytes,
  headersSessionBytes,
  initialWindowsBytes,
  initialWindowTiers,
  lossySessionBytes,
  maximumWindowBytes,
  windowGrowth,
} from "../limits.ts";

/** A receive window that belongs to one stream. */
export interface Window {
  /** What the stream began with. */
  initial: number;
  /** What it may have unread now. */
  size: number;
}

/**
 * The memory of one session on one side: receive windows, lossy messages that wait, and headers. Every stream keeps its
 * initial window; what windows grow beyond it comes from one pool. When that is empty, windows above the fair share
 * give back as their data is read.
 */
export class Budget {
  /** Sum of all initial windows, and of what all windows have grown beyond. */
  initial = 0;
  grown = 0;
  /** Lossy messages waiting to be sent, and to be read. */
  lossyOutgoing = 0;
  lossyIncoming = 0;
  /** Headers of all streams. */
  headers = 0;
  #grownStreams = 0;
  /** A window could not grow as it wanted. */
  #isShort = false;

  /** The window a new stream begins with when `streams` are open. */
  initialWindow(streams: number): number {
    return initialWindowTiers.find((tier) => streams < tier.streamsBelow)!.windowBytes;
  }

  /** The other side counts the streams by itself, so that both together may come to twice the sum. */
  hasInitialRoom(bytes: number): boolean {
    return this.initial + bytes <= 2 * initialWindowsBytes;
  }

  /** A window of `initial` bytes, or up to `wanted` if there is room. */
  reserve(initial: number, wanted = initial): Window {
    const window = { initial, size: initial };
    this.initial += initial;
    if (wanted > initial) this.#resize(window, Math.min(wanted, maximumWindowBytes, initial + this.#free));
    return window;
  }

  /** Makes the window larger as far as there is room; tells whether it grew. */
  grow(window: Window): boolean {
    const wanted = Math.min(window.size * windowGrowth, maximumWindowBytes);
    const size = Math.min(wanted, window.size + this.#free);
    this.#isShort = size < wanted;
    if (size <= window.size) return false;
    this.#resize(window, size);
    return true;
  }

  /** Takes back what is above the fair share, but not below `held`: bytes that the peer may still send. */
  shrink(window: Window, held: number): void {
    if (!this.#isShort || window.size <= window.initial) return;
    const fair = window.initial + Math.floor(grownWindowsBytes / (this.#grownStreams + 1));
    const size = Math.max(fair, held);
    if (size < window.size) this.#resize(window, size);
  }

  /** Changes what a window began with. */
  settle(window: Window, initial: number): void {
    this.#resize(window, window.initial);
    this.initial += initial - window.initial;
    window.initial = initial;
    window.size = initial;
  }

  release(window: Window): void {
    this.settle(window, 0);
    this.#isShort = false;
  }

  /** Room for a lossy message of `bytes` in one direction. */
  hasLossyRoom(direction: "lossyOutgoing" | "lossyIncoming", bytes: number): boolean {
    return this[direction] + bytes <= lossySessionBytes;
  }

  hasHeaderRoom(bytes: number): boolean {
    return this.headers + bytes <= headersSessionBytes;
  }

  get #free(): number {
    return grownWindowsBytes - this.grown;
  }

  #resize(window: Window, size: number): void {
    this.grown += size - window.size;
    this.#grownStreams += Number(size > window.initial) - Number(window.size > window.initial);
    window.size = size;
  }
}
