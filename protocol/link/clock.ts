/** A timer that was set; what it is depends on the clock. */
export type Timer = unknown;

/** Time as the link sees it, so that tests can put their own clock in its place. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  setTimer(delayMs: number, run: () => void): Timer;
  clearTimer(timer: Timer): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (delayMs, run) => setTimeout(run, delayMs),
  clearTimer: (timer) => clearTimeout(timer as number),
};

/**
 * Waits for `work` at most `delayMs`.
 *
 * @throws what `late` makes, when the time is over first; the reason of `signal`, when that is aborted first
 */
export function withTimeout<T>(
  clock: Clock,
  delayMs: number,
  work: Promise<T>,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => stop(() => reject(signal!.reason));
    const timer = clock.setTimer(delayMs, () => stop(() => reject(late())));
    const stop = (settle: () => void) => {
      clock.clearTimer(timer);
      signal?.removeEventListener("abort", abort);
      settle();
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    work.then((value) => stop(() => resolve(value)), (error) => stop(() => reject(error)));
  });
}

/** Resolves after `delayMs`, or when `signal` is aborted. */
export function delay(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  return withTimeout(clock, delayMs, promise, () => new Error("The time is over"), signal).catch(resolve);
}
