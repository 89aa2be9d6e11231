import { pingIntervalMs } from "../limits.ts";
import type { Clock } from "./clock.ts";
import { FrameType } from "./frame.ts";
import type { FrameWriter } from "./frame_writer.ts";

export interface PingWaiter {
  resolve(roundTripMs: number): void;
  reject(error: Error): void;
}

interface Ping {
  sentMs: number;
  waiters: PingWaiter[];
}

/** Pings and answers kept at once; a tunnel that does not take them is silent soon. */
const maximumOpenPings = 64;

/** The pings of one tunnel, in both directions. */
export class Pinger {
  /** Way there and back as last measured; infinite before. */
  roundTripMs = Infinity;
  #clock: Clock;
  #sentMs: number;
  #nonce = 0;
  #due = true;
  #open = new Map<number, Ping>();
  #waiters: PingWaiter[] = [];
  #answers: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sentMs = clock.now();
  }

  /** Makes a ping due when the last one is old enough. */
  tick(nowMs: number): void {
    if (nowMs - this.#sentMs >= pingIntervalMs) this.#due = true;
  }

  /** Pings at once for `waiter`. */
  request(waiter: PingWaiter): void {
    this.#waiters.push(waiter);
    this.#due = true;
  }

  /** The peer's ping is to be answered. */
  answer(nonce: number): void {
    if (this.#answers.length < maximumOpenPings) this.#answers.push(nonce);
  }

  /** The peer's answer came; returns how long it took, infinite if it answers nothing of ours. */
  answered(nonce: number): number {
    const ping = this.#open.get(nonce);
    if (ping === undefined) return Infinity;
    this.#open.delete(nonce);
    this.roundTripMs = this.#clock.now() - ping.sentMs;
    for (const waiter of ping.waiters) waiter.resolve(this.roundTripMs);
    return this.roundTripMs;
  }

  fill(writer: FrameWriter): void {
    for (const nonce of this.#answers) writer.number(FrameType.pong, nonce);
    this.#answers.length = 0;
    if (!this.#due || this.#open.size >= maximumOpenPings) return;
    this.#due = false;
    this.#sentMs = this.#clock.now();
    writer.number(FrameType.ping, ++this.#nonce);
    this.#open.set(this.#nonce, { sentMs: this.#sentMs, waiters: this.#waiters });
    this.#waiters = [];
  }

  /** Those who wait for an answer that this tunnel will not bring any more. */
  takeWaiters(): PingWaiter[] {
    const waiters = [...this.#open.values()].flatMap((ping) => ping.waiters).concat(this.#waiters);
    this.#open.clear();
    this.#waiters = [];
    return waiters;
  }
}
