import { flowReportMs, fullReadBufferBytes, idleReadBufferBytes, pingIntervalMs } from "../limits.ts";
import type { Clock, Timer } from "./clock.ts";
import { LinkError } from "./errors.ts";
import { Flow } from "./flow.ts";
import { Frame, frameSize, readFrame } from "./frame.ts";
import { FrameWriter } from "./frame_writer.ts";
import { Pinger } from "./pinger.ts";
import { SyncReader } from "./sync.ts";
import type { Tunnel } from "./tunnel.ts";

/** What a carrier tells its session. */
export interface CarrierOwner {
  readonly clock: Clock;
  /** A frame of this tunnel; throws `LinkError` when the peer must not have sent it. */
  frame(frame: Frame, carrier: Carrier): void;
  /** Gathers what is to be sent next. */
  fill(writer: FrameWriter, carrier: Carrier): void;
  /** What was read should be reported to the peer. */
  reportDue(): void;
  /** The tunnel can't be used any more. Called once. */
  lost(carrier: Carrier, error: LinkError): void;
}

const idleWriterBytes = 16 * 1024;

/** One tunnel of a session: reads frames from it, and keeps one write going. */
export class Carrier {
  readonly epoch: number;
  readonly synchronisation = new SyncReader();
  readonly pinger: Pinger;
  readonly flow: Flow;
  /** When the last bytes came. */
  heardMs: number;
  alive = true;
  #owner: CarrierOwner;
  #tunnel: Tunnel;
  #writer = new FrameWriter(idleWriterBytes);
  #writing = false;
  #written: (() => void) | null = null;
  #buffer = new Uint8Array(idleReadBufferBytes);
  #view = new DataView(this.#buffer.buffer);
  #filled = 0;
  #frame = new Frame();
  #reportTimer: Timer | null = null;

  constructor(owner: CarrierOwner, tunnel: Tunnel, epoch: number) {
    this.#owner = owner;
    this.#tunnel = tunnel;
    this.epoch = epoch;
    this.heardMs = owner.clock.now();
    this.pinger = new Pinger(owner.clock);
    this.flow = new Flow(owner.clock);
  }

  /** Reads until the tunnel or the session is over. `rest`: what came behind the hello. Never rejects. */
  async run(rest: Uint8Array): Promise<void> {
    try {
      this.#append(rest);
      while (this.alive) {
        const count = await this.#tunnel.read(this.#buffer.subarray(this.#filled));
        if (!this.alive) return;
        if (count === null) throw new LinkError("tunnel", "The tunnel was closed by the other end");
        this.#filled += count;
        this.heardMs = this.#owner.clock.now();
        this.flow.received(count, this.heardMs);
        this.#parse();
        if (this.flow.reportWaits) this.#report();
      }
    } catch (error) {
      this.fail(asLinkError(error));
    }
  }

  /** Writes what is due, unless a write is under way: then it goes on by itself. */
  pump(): void {
    if (this.#writing || !this.alive) return;
    const writer = this.#writer;
    writer.length = 0;
    this.#owner.fill(writer, this);
    if (writer.length === 0) {
      this.#written?.();
      return;
    }
    this.#writing = true;
    this.flow.sent(writer.length);
    this.#write(writer.gathered).then(this.#onWritten, this.#onError);
  }

  /** The time there and back; one that was not heard of for longer than pings are apart may be silent. */
  slownessMs(nowMs: number): number {
    return Math.max(this.pinger.roundTripMs, nowMs - this.heardMs - pingIntervalMs);
  }

  /** Resolves when everything due has been written, at the latest when the tunnel is lost. */
  drained(): Promise<void> {
    if (!this.alive) return Promise.resolve();
    return new Promise((resolve) => {
      this.#written = resolve;
      this.pump();
    });
  }

  /** Gives the tunnel up; bytes still to come are ignored. */
  close(): void {
    if (!this.alive) return;
    this.alive = false;
    if (this.#reportTimer !== null) this.#owner.clock.clearTimer(this.#reportTimer);
    this.#written?.();
    this.#tunnel.close();
  }

  /** Gives the tunnel up and says so. */
  fail(error: LinkError): void {
    if (!this.alive) return;
    this.close();
    this.#owner.lost(this, error);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#tunnel.write(bytes);
  }

  #onWritten = (): void => {
    this.#writing = false;
    this.pump();
  };

  #onError = (error: unknown): void => {
    this.#writing = false;
    this.fail(asLinkError(error));
  };

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length > this.#buffer.length) this.#resize(bytes.length);
    this.#buffer.set(bytes);
    this.flow.received(bytes.length, this.heardMs);
    this.#filled = bytes.length;
    this.#parse();
  }

  /** Reports now, or as soon as that is due. */
  #report(): void {
    if (this.flow.reportDue) return this.#owner.reportDue();
    this.#reportTimer ??= this.#owner.clock.setTimer(flowReportMs, () => {
      this.#reportTimer = null;
      if (this.alive && this.flow.reportWaits) this.#report();
    });
  }

  /** Handles every whole frame in the buffer and moves the rest to its beginning. */
  #parse(): void {
    let at = 0;
    const end = this.#filled;
    while (this.alive) {
      const size = frameSize(this.#view, at, end);
      if (size === 0 || at + size > end) {
        this.#makeRoom(at, size);
        return;
      }
      readFrame(this.#buffer, this.#view, at, size, this.#frame);
      at += size;
      this.#owner.frame(this.#frame, this);
    }
  }

  #makeRoom(at: number, needed: number): void {
    const full = this.#filled === this.#buffer.length;
    if (at > 0) this.#buffer.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    const wanted = full ? Math.min(this.#buffer.length * 4, fullReadBufferBytes) : this.#buffer.length;
    if (Math.max(wanted, needed) > this.#buffer.length) this.#resize(Math.max(wanted, needed));
  }

  #resize(size: number): void {
    const larger = new Uint8Array(size);
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

export function asLinkError(error: unknown): LinkError {
  if (error instanceof LinkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LinkError("tunnel", `The tunnel broke: ${message}`, { cause: error });
}
