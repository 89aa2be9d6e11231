/**
 * How much may be under way in one tunnel. Whatever is handed to a connection waits in its buffers, and everything later
 * waits behind it; so no more is handed over than keeps the line busy. The receiver reports how much it has read, which
 * gives the rate of the line and the time there and back. The window is what the line carries in that time when it is
 * empty, and a little more, so that it grows as long as the line still has room.
 */
import { batchBytes, initialFlowBytes, maximumFlowBytes, minimumFlowBytes, prioritySlackBytes } from "../limits.ts";
import { flowReportBytes, flowReportLatestBytes, flowReportMs, flowTargetMs } from "../limits.ts";
import type { Clock } from "./clock.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { Queue } from "./queue.ts";

/** Batches whose times are remembered; the peer reports long before there are so many. */
const maximumBatches = 1024;
const longestHeldUs = 2 ** 32 - 1;
/** The highest of so many rates counts. */
const rememberedRates = 8;
/** The time of the empty line is measured again after so long, or when it was far exceeded in so many rounds in a row. */
const emptyLastsMs = 10_000;
const doubtfulRounds = 8;
const doubtfulFactor = 1.5;
/** Share of the last round in the jitter. */
const jitterGain = 1 / 8;
/** Rounds with a small window in which the line becomes empty, and is measured. */
const drainingRounds = 2;
/** On short lines rates of single ways there and back say little. */
const shortestRoundMs = 5;

/** From the moment something is sent until everything sent by then has been reported, or a little longer. */
interface Round {
  startMs: number;
  startReported: number;
  end: number;
  /** Shortest time there and back, and for the mean of all. */
  shortestMs: number;
  sumMs: number;
  samples: number;
  /** More could have been sent than the window allowed. */
  limited: boolean;
}

/** Bytes under way in one direction of a tunnel, seen by both of its ends. */
export class Flow {
  readonly #clock: Clock;
  // Sending
  #window = initialFlowBytes;
  #sent = 0;
  #reported = 0;
  readonly #batches = new Queue<{ end: number; sentMs: number }>();
  #round: Round;
  /** Rates of the last rounds in bytes per millisecond. */
  #rates: number[] = [];
  /** The time there and back of the empty line, and when it was measured. */
  #emptyMs = Infinity;
  #emptyAtMs = 0;
  /** How much longer than the shortest way of a round the others are: busy ends look like this, and radio. */
  #jitterMs = 0;
  #doubts = 0;
  #draining = 0;
  // Receiving
  #received = 0;
  #receivedMs = 0;
  #told = 0;
  #toldMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#round = this.#newRound();
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
    // What waited for something to send is no time of the line.
    const wasIdle = this.#reported === this.#sent;
    const sentMs = this.#clock.now();
    this.#sent += bytes;
    this.#batches.push({ end: this.#sent, sentMs });
    if (this.#batches.length > maximumBatches) this.#batches.shift();
    if (wasIdle && !this.#round.limited) this.#round = this.#newRound();
  }

  /** The peer has read `told` bytes in all, the last of them `heldMs` before it said so. */
  report(told: number, heldMs: number): void {
    const count = Math.min(told, this.#sent);
    if (count <= this.#reported) return;
    this.#reported = count;
    let sentMs = Infinity;
    for (let batch = this.#batches.peek(); batch !== undefined && batch.end <= count; batch = this.#batches.peek()) {
      sentMs = batch.sentMs;
      this.#batches.shift();
    }
    if (sentMs < Infinity) this.measured(Math.max(0, this.#clock.now() - sentMs - heldMs));
    if (count >= this.#round.end && this.#clock.now() - this.#round.startMs >= shortestRoundMs) this.#endRound();
  }

  /** The time there and back of something sent, pings included. */
  measured(roundTripMs: number): void {
    this.#round.shortestMs = Math.min(this.#round.shortestMs, roundTripMs);
    this.#round.sumMs += roundTripMs;
    this.#round.samples++;
    if (roundTripMs <= this.#emptyMs) this.#setEmpty(roundTripMs);
  }

  #newRound(): Round {
    const startMs = this.#clock.now();
    const [startReported, end] = [this.#reported, this.#sent];
    return { startMs, startReported, end, shortestMs: Infinity, sumMs: 0, samples: 0, limited: false };
  }

  #endRound(): void {
    const round = this.#round;
    this.#round = this.#newRound();
    if (round.shortestMs === Infinity) return;
    this.#noteRate(round);
    this.#jitterMs += (round.sumMs / round.samples - round.shortestMs - this.#jitterMs) * jitterGain;
    if (this.#draining > 0) {
      if (--this.#draining === 0) this.#setEmpty(round.shortestMs);
    } else if (!round.limited) {
      // The line was not full, so that any time is that of the empty line.
      if (this.#isStale) this.#setEmpty(round.shortestMs);
    } else {
      this.#doubts = round.shortestMs > doubtfulFactor * this.#allowedMs ? this.#doubts + 1 : 0;
      if (this.#doubts >= doubtfulRounds || this.#isStale) this.#draining = drainingRounds;
    }
    if (round.limited || this.#draining > 0) this.#resize();
  }

  /** A round in which there was little to send says nothing, unless it was faster than all others. */
  #noteRate({ startMs, startReported, limited }: Round): void {
    const rate = (this.#reported - startReported) / (this.#clock.now() - startMs);
    if (!limited && rate <= this.#rate) return;
    this.#rates.push(rate);
    if (this.#rates.length > rememberedRates) this.#rates.shift();
  }

  #resize(): void {
    const timeMs = this.#draining > 0 ? this.#emptyMs / 2 : this.#allowedMs;
    this.#window = Math.min(Math.max(Math.floor(this.#rate * timeMs), minimumFlowBytes), maximumFlowBytes);
  }

  #setEmpty(roundTripMs: number): void {
    this.#emptyMs = roundTripMs;
    this.#emptyAtMs = this.#clock.now();
    this.#doubts = 0;
  }

  get #rate(): number {
    return Math.max(0, ...this.#rates);
  }

  /** How long something sent may take there and back. */
  get #allowedMs(): number {
    return this.#emptyMs + Math.max(flowTargetMs, this.#emptyMs / 2, this.#jitterMs);
  }

  get #isStale(): boolean {
    return this.#clock.now() - this.#emptyAtMs > emptyLastsMs;
  }

  // Receiving

  received(bytes: number, nowMs: number): void {
    this.#received += bytes;
    this.#receivedMs = nowMs;
  }

  /** A report should be sent even if nothing else is. */
  get reportDue(): boolean {
    const untold = this.#received - this.#told;
    return this.reportWaits && (untold >= flowReportLatestBytes || this.#clock.now() - this.#toldMs >= flowReportMs);
  }

  /** A report should be sent once `flowReportMs` are over since the last one. */
  get reportWaits(): boolean {
    return this.#received - this.#told >= flowReportBytes;
  }

  /** Writes a report unless the peer knows it all. */
  fillReport(writer: FrameWriter): void {
    if (this.#received === this.#told) return;
    this.#told = this.#received;
    this.#toldMs = this.#clock.now();
    const heldUs = Math.round((this.#clock.now() - this.#receivedMs) * 1000);
    writer.carried(this.#received, Math.min(heldUs, longestHeldUs));
  }
}
