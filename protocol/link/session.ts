import { leaseMs as defaultLeaseMs, maximumTunnels, maximumViolations, silenceMs, tickMs } from "../limits.ts";
import { endTimeoutMs } from "../limits.ts";
import { Carrier, type CarrierOwner } from "./carrier.ts";
import { type Clock, systemClock, type Timer } from "./clock.ts";
import { type EndReason, LinkError, StreamCode, StreamError } from "./errors.ts";
import { flagLast, type Frame, FrameType } from "./frame.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { PingWaiter } from "./pinger.ts";
import type { Stream } from "./stream.ts";
import type { Side } from "./stream_table.ts";
import { type OpenOptions, Streams } from "./streams.ts";
import type { Sync } from "./sync.ts";
import type { Tunnel } from "./tunnel.ts";

export interface SessionOptions {
  side: Side;
  /** Chosen at random by the client; whoever knows it and the token may end the session. */
  id: Uint8Array;
  leaseMs?: number;
  clock?: Clock;
}

/** Turns of the microtask queue before sending, so that answers travel with what they answer. */
const gatheringTurns = 3;
const decoder = new TextDecoder();
const ignore = () => {};

/**
 * A conversation of many streams that outlives its tunnels. Without one it is suspended: what is written waits, and
 * goes on where it was when the next tunnel comes, until the lease is over.
 */
export class Session implements CarrierOwner {
  readonly id: Uint8Array;
  readonly clock: Clock;
  readonly side: Side;
  leaseMs: number;
  /** Called at once when the last tunnel is lost, and when there is one again. */
  onSuspend: () => void = ignore;
  onResume: () => void = ignore;
  /** Resolves when the session is over, with the reason. Never rejects. */
  readonly ended: Promise<EndReason>;

  /** @internal For the side that dials: a tunnel was lost. */
  onTunnelLost: (error: LinkError) => void = ignore;
  /** @internal */ readonly streams: Streams;
  #finished = Promise.withResolvers<EndReason>();
  #reason: EndReason | null = null;
  #carriers: Carrier[] = [];
  #highestEpoch = 0;
  /** Lost tunnels of which the peer has not told yet what it received over them. */
  #unsynchronised = new Set<number>();
  #syncDue = false;
  #acknowledgementsDue = false;
  #ending: { reason: string; sent: boolean } | null = null;
  #endDoneDue = false;
  #violations = 0;
  #tick: Timer = null;
  #tickedMs = 0;
  #lease: Timer = null;
  #endTimer: Timer = null;
  #woken = false;
  #waitingPings: PingWaiter[] = [];

  constructor(options: SessionOptions) {
    this.side = options.side;
    this.id = options.id;
    this.leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.clock = options.clock ?? systemClock;
    this.ended = this.#finished.promise;
    this.streams = new Streams(options.side, this.#wake);
    this.#startLease();
  }

  /**
   * Opens a stream. Nothing is awaited: bytes may be written at once.
   *
   * @throws {LinkError} "ended"; "limit" (header or number of streams)
   */
  open(header: Uint8Array, options: OpenOptions = {}): Stream {
    if (this.isOver) throw new LinkError("ended", `The session has ended: ${this.#reason?.reason ?? "it was closed"}`);
    return this.streams.open(header, options);
  }

  /** Called for each stream the peer opens; those that came before it was set are handed over when it is. */
  get onStream(): ((stream: Stream) => void) | null {
    return this.streams.onStream;
  }

  set onStream(handler: ((stream: Stream) => void) | null) {
    this.streams.onStream = handler;
  }

  /** No tunnel is there at the moment. */
  get suspended(): boolean {
    return this.#carriers.length === 0;
  }

  get isOver(): boolean {
    return this.#reason !== null || this.#ending !== null;
  }

  /** @internal Whether a tunnel of this epoch may be added. */
  accepts(epoch: number): boolean {
    return this.#reason === null && epoch > this.#highestEpoch && this.#carriers.length < maximumTunnels;
  }

  /** @internal */
  get finished(): boolean {
    return this.#reason !== null;
  }

  /** Number of streams alive, and of tunnels. */
  get streamCount(): number {
    return this.streams.table.size;
  }

  get tunnelCount(): number {
    return this.#carriers.length;
  }

  /**
   * The time to the peer and back in milliseconds; waits for a tunnel if there is none.
   *
   * @throws {LinkError} "ended"
   */
  ping(): Promise<number> {
    if (this.#reason !== null) return Promise.reject(new LinkError("ended", "The session has ended"));
    return new Promise((resolve, reject) => this.#ping({ resolve, reject }));
  }

  /** Says end to the peer, waits for its answer, but not for long, and ends. Streams are reset. */
  async end(reason: string): Promise<void> {
    if (this.#reason === null && this.#ending === null) {
      this.#ending = { reason, sent: false };
      this.streams.fail(new StreamError(StreamCode.sessionEnded, `The session has ended: ${reason}`));
      this.#endTimer = this.clock.setTimer(endTimeoutMs, () => this.finish({ kind: "local", reason }));
      this.#wake();
    }
    await this.ended;
  }

  /** @internal Adds a tunnel whose hello was accepted; null if a later one was. Runs until it is lost. */
  attach(tunnel: Tunnel, epoch: number, rest: Uint8Array): Promise<void> | null {
    if (!this.accepts(epoch)) return null;
    const resumed = this.#carriers.length === 0;
    const carrier = new Carrier(this, tunnel, epoch);
    this.#carriers.push(carrier);
    this.#highestEpoch = epoch;
    if ((this.side === "client" && epoch > 1) || this.#unsynchronised.size > 0) this.#syncDue = true;
    this.#stopLease();
    this.#startTicking();
    for (const waiter of this.#waitingPings.splice(0)) carrier.pinger.request(waiter);
    if (resumed && epoch > 1) this.onResume();
    this.#wake();
    return carrier.run(rest);
  }

  /** @internal Ends the session on this side at once. */
  finish(reason: EndReason): void {
    if (this.#reason !== null) return;
    this.#reason = this.#ending !== null ? { kind: "local", reason: this.#ending.reason } : reason;
    this.#stopLease();
    this.#stopTicking();
    if (this.#endTimer !== null) this.clock.clearTimer(this.#endTimer);
    const carriers = this.#carriers;
    this.#carriers = [];
    for (const carrier of carriers) {
      this.#rejectPings(carrier.pinger.takeWaiters());
      carrier.close();
    }
    this.#rejectPings(this.#waitingPings.splice(0));
    this.streams.fail(new StreamError(StreamCode.sessionEnded, `The session has ended: ${this.#reason.reason}`));
    this.#finished.resolve(this.#reason);
  }

  // CarrierOwner

  /** @internal */
  frame(frame: Frame, carrier: Carrier): void {
    switch (frame.type) {
      case FrameType.ping:
        carrier.pinger.answer(frame.first);
        return this.#wake();
      case FrameType.pong:
        return carrier.flow.measured(carrier.pinger.answered(frame.first));
      case FrameType.sync: {
        const sync = carrier.synchronisation.add(frame.tail, (frame.flags & flagLast) !== 0);
        if (sync !== null) this.#synchronise(sync);
        return;
      }
      case FrameType.end:
        return this.#endedByPeer(decoder.decode(frame.tail), carrier);
      case FrameType.endDone:
        if (this.#ending === null) throw new LinkError("violation", "The peer confirmed an end that never was");
        return this.finish({ kind: "local", reason: this.#ending.reason });
      case FrameType.carried:
        carrier.flow.report(frame.first, frame.second / 1000);
        return this.#wake();
    }
    if (!this.isOver) this.streams.frame(frame);
  }

  /** @internal */
  fill(writer: FrameWriter, carrier: Carrier): void {
    this.#fillFrames(writer, carrier);
    if (writer.length > 0 || carrier.flow.reportDue) carrier.flow.fillReport(writer);
  }

  /** @internal */
  reportDue(): void {
    this.#wake();
  }

  #fillFrames(writer: FrameWriter, carrier: Carrier): void {
    carrier.pinger.fill(writer);
    if (this.#endDoneDue) writer.endDone();
    this.#endDoneDue = false;
    if (this.#ending !== null && !this.#ending.sent) {
      this.#ending.sent = true;
      writer.end(this.#ending.reason);
    }
    if (this.isOver) return;
    if (this.#syncDue) {
      this.#syncDue = false;
      this.streams.fillSync(writer, {
        asks: this.#unsynchronised.size > 0,
        highestEpoch: this.#highestEpoch,
        liveEpochs: this.#carriers.map((each) => each.epoch),
      });
    }
    this.streams.fill(writer, this.#unsynchronised.size > 0 ? null : carrier.flow);
    if (!this.#acknowledgementsDue) return;
    this.#acknowledgementsDue = false;
    this.streams.fillAcknowledgements(writer);
  }

  /** @internal */
  lost(carrier: Carrier, error: LinkError): void {
    this.#carriers = this.#carriers.filter((each) => each !== carrier);
    this.#unsynchronised.add(carrier.epoch);
    this.#syncDue = true;
    if (this.#ending !== null) this.#ending.sent = false;
    for (const waiter of carrier.pinger.takeWaiters()) this.#ping(waiter);
    if (error.kind === "violation" && ++this.#violations >= maximumViolations) {
      return this.finish({ kind: "violation", reason: error.message });
    }
    if (this.#carriers.length === 0) this.#suspend();
    else this.#wake();
    this.onTunnelLost(error);
  }

  #suspend(): void {
    this.#stopTicking();
    this.#startLease();
    this.onSuspend();
  }

  /** The peer told what it knows; tunnels it has given up are given up here too. */
  #synchronise(sync: Sync): void {
    const dead = (epoch: number) => epoch <= sync.highestEpoch && !sync.liveEpochs.includes(epoch);
    for (const carrier of this.#carriers.filter((each) => dead(each.epoch))) {
      carrier.fail(new LinkError("tunnel", "The other end has given the tunnel up"));
    }
    for (const epoch of [...this.#unsynchronised].filter(dead)) this.#unsynchronised.delete(epoch);
    // A tunnel may be lost for the peer before its hello was answered: it must not be used here any more.
    if (dead(sync.highestEpoch)) this.#highestEpoch = Math.max(this.#highestEpoch, sync.highestEpoch);
    if (sync.asks) this.#syncDue = true;
    if (!this.isOver) this.streams.applySync(sync);
    this.#wake();
  }

  #endedByPeer(reason: string, carrier: Carrier): void {
    if (this.#reason !== null) return;
    this.#endDoneDue = true;
    carrier.drained().then(() => this.finish({ kind: "peer", reason }));
  }

  #ping(waiter: PingWaiter): void {
    const carrier = this.#carriers[0];
    if (carrier === undefined) {
      this.#waitingPings.push(waiter);
    } else {
      carrier.pinger.request(waiter);
      this.#wake();
    }
  }

  #rejectPings(waiters: PingWaiter[]): void {
    for (const waiter of waiters) waiter.reject(new LinkError("ended", "The session has ended"));
  }

  // Sending

  #wake = (): void => {
    if (this.#woken) return;
    this.#woken = true;
    this.#gather(gatheringTurns);
  };

  #gather(turns: number): void {
    queueMicrotask(() => turns > 1 ? this.#gather(turns - 1) : this.#pump());
  }

  #pump(): void {
    this.#woken = false;
    for (const carrier of this.#carriers) carrier.pump();
  }

  // Time

  #startLease(): void {
    this.#stopLease();
    this.#lease = this.clock.setTimer(this.leaseMs, () => {
      this.finish({ kind: "expired", reason: `There was no connection for ${Math.round(this.leaseMs / 1000)} s` });
    });
  }

  #stopLease(): void {
    if (this.#lease !== null) this.clock.clearTimer(this.#lease);
    this.#lease = null;
  }

  #startTicking(): void {
    if (this.#tick !== null) return;
    this.#tickedMs = this.clock.now();
    this.#tick = this.clock.setTimer(tickMs, this.#onTick);
  }

  #stopTicking(): void {
    if (this.#tick !== null) this.clock.clearTimer(this.#tick);
    this.#tick = null;
  }

  #onTick = (): void => {
    const now = this.clock.now();
    // This process itself stood still: what the peer sent meanwhile is waiting to be read.
    const stoodStillMs = Math.max(0, now - this.#tickedMs - 2 * tickMs);
    this.#tickedMs = now;
    this.#tick = this.clock.setTimer(tickMs, this.#onTick);
    for (const carrier of [...this.#carriers]) {
      carrier.heardMs += stoodStillMs;
      carrier.pinger.tick();
      if (now - carrier.heardMs >= silenceMs) carrier.fail(new LinkError("tunnel", "The tunnel has fallen silent"));
    }
    this.#acknowledgementsDue = this.streams.hasAcknowledgements;
    this.#wake();
  };
}
