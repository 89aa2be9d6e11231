/**
 * How much may be under way in one tunnel. Whatever is handed to a connection waits in its buffers, and everything later
 * waits behind it, so as little as keeps the line busy is handed over: the receiver reports how much it has read, and
 * the window follows the time that takes. It doubles while reports come about as fast as on an empty line, and gives
 * way when they come later than that by more than the target.
 */
import { batchBytes, flowReportBytes, initialFlowBytes, maximumFlowBytes, minimumFlowBytes } from "../limits.ts";
import { flowTargetMs, prioritySlackBytes } from "../limits.ts";
import type { Clock } from "./clock.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { Queue } from "./queue.ts";

/** Batches whose times are remembered; the peer reports long before there are so many. */
const maximumBatches = 1024;
const longestHeldUs = 2 ** 32 - 1;
/** The shortest time there and back counts for this long. */
const shortestLastsMs = 10_000;
/** After so many rounds in which sending less did not help, the line itself has become longer. */
const vainRounds = 3;

/** Bytes under way in one direction of a tunnel, seen by both of its ends. */
export class Flow {
  #clock: Clock;
  // Sending
  #window = initialFlowBytes;
  #sent = 0;
  #reported = 0;
  #batches = new Queue<{ end: number; sentMs: number }>();
  #shortestMs = Infinity;
  #shortestAtMs = 0;
  #round = { end: 0, shortestMs: Infinity, limited: false };
  #vain = { rounds: 0, shortestMs: Infinity };
  // Receiving
  #received = 0;
  #receivedMs = 0;
  #told = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Bytes that may be under way. */
  get window(): number {
    return this.#window;
  }

  /** How much more may be sent; streams that only begin to send may go a little beyond the window. */
  room(priority: boolean): number {
    const room = this.#window - (this.#sent - this.#reported) + (priority ? prioritySlackBytes : 0);
    return Math.min(room, Math.max(this.#window / 4, minimumFlowBytes), batchBytes);
  }

  /** Data had to wait for the window. */
  limited(): void {
    this.#round.limited = true;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
    this.#batches.push({ end: this.#sent, sentMs: this.#clock.now() });
    if (this.#batches.length > maximumBatches) this.#batches.shift();
  }

  /** The peer has read `told` bytes in all, the last of them `heldMs` before it said so. */
  report(told: number, heldMs: number): void {
    const count = Math.min(told, this.#sent);
    if (count <= this.#reported) return;
    this.#reported = count;
    let roundTripMs = Infinity;
    for (let batch = this.#batches.peek(); batch !== undefined && batch.end <= count; batch = this.#batches.peek()) {
      roundTripMs = this.#clock.now() - batch.sentMs - heldMs;
      this.#batches.shift();
    }
    if (roundTripMs < Infinity) this.measured(Math.max(0, roundTripMs));
    if (count >= this.#round.end) this.#endRound();
  }

  /** The time there and back of something sent, pings included. */
  measured(roundTripMs: number): void {
    const now = this.#clock.now();
    this.#round.shortestMs = Math.min(this.#round.shortestMs, roundTripMs);
    if (roundTripMs > this.#shortestMs && now - this.#shortestAtMs < shortestLastsMs) return;
    this.#shortestMs = roundTripMs;
    this.#shortestAtMs = now;
  }

  /** Everything that was under way when the round began has arrived. */
  #endRound(): void {
    const { shortestMs, limited } = this.#round;
    this.#round = { end: this.#sent, shortestMs: Infinity, limited: false };
    if (shortestMs === Infinity) return;
    const allowedMs = this.#shortestMs + Math.max(flowTargetMs, this.#shortestMs / 2);
    if (shortestMs > allowedMs) {
      this.#giveWay(shortestMs, allowedMs);
      return;
    }
    this.#vain = { rounds: 0, shortestMs: Infinity };
    if (limited) this.#window = Math.min(this.#window * (shortestMs < allowedMs / 2 ? 2 : 1.25), maximumFlowBytes);
  }

  #giveWay(roundTripMs: number, allowedMs: number): void {
    const helped = roundTripMs < 0.9 * this.#vain.shortestMs;
    this.#vain = { rounds: helped ? 0 : this.#vain.rounds + 1, shortestMs: roundTripMs };
    if (this.#vain.rounds > vainRounds) {
      this.#shortestMs = roundTripMs;
      this.#shortestAtMs = this.#clock.now();
    } else {
      this.#window = Math.max(minimumFlowBytes, this.#window * Math.max(0.5, allowedMs / roundTripMs));
    }
  }

  // Receiving

  received(bytes: number, nowMs: number): void {
    this.#received += bytes;
    this.#receivedMs = nowMs;
  }

  /** A report should be sent even if nothing else is. */
  get reportDue(): boolean {
    return this.#received - this.#told >= flowReportBytes;
  }

  /** Writes a report unless the peer knows it all. */
  fillReport(writer: FrameWriter): void {
    if (this.#received === this.#told) return;
    this.#told = this.#received;
    const heldUs = Math.round((this.#clock.now() - this.#receivedMs) * 1000);
    writer.carried(this.#received, Math.min(heldUs, longestHeldUs));
  }
}
