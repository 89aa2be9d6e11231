import { endTimeoutMs, leaseMs as defaultLeaseMs, maximumViolations } from "../limits.ts";
import { Carrier, type CarrierOwner } from "./carrier.ts";
import { Carriers } from "./carriers.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type EndReason, LinkError, StreamCode, StreamError } from "./errors.ts";
import { flagLast, type Frame, FrameType } from "./frame.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { Alarm, Heartbeat } from "./heartbeat.ts";
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
  readonly #finished = Promise.withResolvers<EndReason>();
  readonly #carriers = new Carriers();
  readonly #heartbeat: Heartbeat;
  /** Ends the session: without a tunnel when the lease is over, and when the peer does not confirm our end. */
  readonly #lease: Alarm;
  readonly #endAlarm: Alarm;
  #reason: EndReason | null = null;
  #ending: { reason: string; sent: boolean } | null = null;
  #endDoneDue = false;
  #acknowledgementsDue = false;
  #violations = 0;
  #woken = false;

  constructor(options: SessionOptions) {
    this.side = options.side;
    this.id = options.id;
    this.leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.clock = options.clock ?? systemClock;
    this.ended = this.#finished.promise;
    this.streams = new Streams(options.side, this.#wake);
    this.#heartbeat = new Heartbeat(this.clock, this.#beat);
    this.#lease = new Alarm(this.clock);
    this.#endAlarm = new Alarm(this.clock);
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
    return this.#carriers.count === 0;
  }

  get isOver(): boolean {
    return this.#reason !== null || this.#ending !== null;
  }

  /** @internal Whether a tunnel of this epoch may be added. */
  accepts(epoch: number): boolean {
    return this.#reason === null && this.#carriers.accepts(epoch);
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
    return this.#carriers.count;
  }

  /**
   * The time to the peer and back in milliseconds; waits for a tunnel if there is none.
   *
   * @throws {LinkError} "ended"
   */
  ping(): Promise<number> {
    if (this.#reason !== null) return Promise.reject(new LinkError("ended", "The session has ended"));
    return new Promise((resolve, reject) => {
      this.#carriers.ping({ resolve, reject });
      this.#wake();
    });
  }

  /** Says end to the peer, waits for its answer, but not for long, and ends. Streams are reset. */
  async end(reason: string): Promise<void> {
    if (this.#reason === null && this.#ending === null) {
      this.#ending = { reason, sent: false };
      this.streams.fail(new StreamError(StreamCode.sessionEnded, `The session has ended: ${reason}`));
      this.#endAlarm.set(endTimeoutMs, () => this.finish({ kind: "local", reason }));
      this.#wake();
    }
    await this.ended;
  }

  /** @internal Adds a tunnel whose hello was accepted; null if a later one was. Runs until it is lost. */
  attach(tunnel: Tunnel, epoch: number, rest: Uint8Array): Promise<void> | null {
    if (!this.accepts(epoch)) return null;
    const resumed = this.suspended && epoch > 1;
    const carrier = new Carrier(this, tunnel, epoch);
    this.#carriers.add(carrier);
    if (this.side === "client" && epoch > 1) this.#carriers.syncDue = true;
    this.#lease.clear();
    this.#heartbeat.start();
    this.#wake();
    if (resumed) callBack(this.onResume);
    return carrier.run(rest);
  }

  /** @internal Ends the session on this side at once. */
  finish(reason: EndReason): void {
    if (this.#reason !== null) return;
    this.#reason = this.#ending !== null ? { kind: "local", reason: this.#ending.reason } : reason;
    this.#lease.clear();
    this.#endAlarm.clear();
    this.#heartbeat.stop();
    this.#carriers.close(new LinkError("ended", "The session has ended"));
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
        return sync === null ? undefined : this.#synchronise(sync);
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
    if (this.#carriers.syncDue) this.streams.fillSync(writer, this.#carriers.takeSyncHead());
    this.streams.fill(writer, this.#carriers.isUnsure ? null : carrier.flow);
    if (!this.#acknowledgementsDue) return;
    this.#acknowledgementsDue = false;
    this.streams.fillAcknowledgements(writer);
  }

  /** @internal */
  lost(carrier: Carrier, error: LinkError): void {
    this.#carriers.remove(carrier);
    if (this.#ending !== null) this.#ending.sent = false;
    if (error.kind === "violation" && ++this.#violations >= maximumViolations) {
      return this.finish({ kind: "violation", reason: error.message });
    }
    if (this.suspended) {
      this.#heartbeat.stop();
      this.#startLease();
      callBack(this.onSuspend);
    } else {
      this.#wake();
    }
    this.onTunnelLost(error);
  }

  #synchronise(sync: Sync): void {
    this.#carriers.learn(sync);
    if (!this.isOver) this.streams.applySync(sync);
    this.#wake();
  }

  #endedByPeer(reason: string, carrier: Carrier): void {
    if (this.#reason !== null) return;
    this.#endDoneDue = true;
    carrier.drained().then(() => this.finish({ kind: "peer", reason }));
  }

  #startLease(): void {
    const reason = `There was no connection for ${Math.round(this.leaseMs / 1000)} s`;
    this.#lease.set(this.leaseMs, () => this.finish({ kind: "expired", reason }));
  }

  #beat = (nowMs: number, stoodStillMs: number): void => {
    this.#carriers.beat(nowMs, stoodStillMs);
    this.#acknowledgementsDue = this.streams.hasAcknowledgements;
    this.#wake();
  };

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
    this.#carriers.pump(this.clock.now());
  }
}

/** Calls what the owner has set; an error of its own must not look like one of the tunnel. */
function callBack(run: () => void): void {
  try {
    run();
  } catch (error) {
    reportError(error);
  }
}
