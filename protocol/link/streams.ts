import {
  headersSessionBytes,
  initialWindowBytes,
  maximumHeaderBytes,
  maximumStreams,
  maximumWindowBytes,
} from "../limits.ts";
import { Budget } from "./budget.ts";
import { LinkError, StreamCode, StreamError } from "./errors.ts";
import { flagLast, flagLossy, type Frame, FrameType } from "./frame.ts";
import type { Flow } from "./flow.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { ByteReceiver } from "./byte_receiver.ts";
import { MessageReceiver } from "./message_receiver.ts";
import { Schedule } from "./schedule.ts";
import { Due, Stream, type StreamOwner } from "./stream.ts";
import { type Side, StreamTable } from "./stream_table.ts";
import { applySync, encodeSync, type Sync, type SyncHead } from "./sync.ts";

export interface OpenOptions {
  /** Messages that may be dropped, instead of bytes. */
  lossy?: boolean;
  /** Receive window to begin with, if memory allows; 64 KiB unless told. */
  windowBytes?: number;
}

const empty = new Uint8Array();
const decoder = new TextDecoder();

/** All streams of a session on one side: opens them, hands them their frames, and gathers what they send. */
export class Streams implements StreamOwner {
  readonly budget = new Budget();
  readonly table: StreamTable;
  readonly #schedule = new Schedule();
  readonly #wake: () => void;
  #onStream: ((stream: Stream) => void) | null = null;
  /** Streams that came before anyone asked for them. */
  #unclaimed: Stream[] = [];

  constructor(side: Side, wake: () => void) {
    this.table = new StreamTable(side);
    this.#wake = wake;
  }

  get onStream(): ((stream: Stream) => void) | null {
    return this.#onStream;
  }

  set onStream(handler: ((stream: Stream) => void) | null) {
    this.#onStream = handler;
    if (handler === null) return;
    const unclaimed = this.#unclaimed;
    this.#unclaimed = [];
    for (const stream of unclaimed) this.#hand(stream, handler);
  }

  open(header: Uint8Array, options: OpenOptions = {}): Stream {
    if (header.length > maximumHeaderBytes) {
      throw new LinkError("limit", `A stream's header has at most ${maximumHeaderBytes} bytes`);
    }
    if (!this.budget.hasHeaderRoom(header.length)) {
      throw new LinkError("limit", `The headers of a session have at most ${headersSessionBytes} bytes`);
    }
    const initial = this.budget.initialWindow(this.table.size);
    const id = this.table.takeId();
    this.budget.headers += header.length;
    const lossy = options.lossy ?? false;
    const window = this.budget.reserve(lossy ? 0 : initial, lossy ? 0 : options.windowBytes);
    const stream = new Stream(this, {
      id,
      header: header.length > 0 ? header.slice() : empty,
      lossy,
      window,
      trust: lossy ? 0 : initial,
    });
    this.table.add(stream);
    stream.due = Due.open;
    this.scheduleControl(stream);
    return stream;
  }

  /** Handles a frame that belongs to a stream. Throws `LinkError`. */
  frame(frame: Frame): void {
    const stream = this.table.get(frame.id);
    switch (frame.type) {
      case FrameType.open:
        return this.#opened(frame, stream);
      case FrameType.data:
        return this.#data(frame, stream ?? this.#early(frame, (frame.flags & flagLossy) !== 0));
      case FrameType.message:
        return this.#message(frame, stream ?? this.#early(frame, true));
      case FrameType.ack:
        return this.#acknowledged(frame, stream ?? this.#early(frame, false));
      case FrameType.blocked: {
        const { receiver } = stream ?? this.#early(frame, false) ?? {};
        if (receiver instanceof ByteReceiver) receiver.peerHeld(frame.first);
        return;
      }
      case FrameType.reset:
        return this.#reset(frame, stream);
      case FrameType.resetDone:
        if (stream === undefined) return;
        if (stream.resetBy === null) throw new LinkError("violation", "The peer confirmed a reset that never was");
        return stream.release();
    }
  }

  /** Ends all streams at once; their state is gone. */
  fail(error: StreamError): void {
    for (const stream of [...this.table.values()]) {
      stream.fail(error);
      stream.release();
    }
    this.#unclaimed = [];
    this.table.forget();
  }

  // What is sent

  get hasAcknowledgements(): boolean {
    return this.#schedule.hasAcknowledgements;
  }

  /** Gathers frames; data stays behind without `flow`: while the peer's synchronisation is awaited. */
  fill(writer: FrameWriter, flow: Flow | null): void {
    this.#schedule.fillControl(writer);
    if (flow !== null) this.#schedule.fillData(writer, flow);
    if (writer.length > 0) this.#schedule.fillAcknowledgements(writer);
  }

  fillAcknowledgements(writer: FrameWriter): void {
    this.#schedule.fillAcknowledgements(writer);
  }

  fillSync(writer: FrameWriter, head: SyncHead): void {
    const parts = encodeSync(this.table, head);
    parts.forEach((part, index) => writer.sync(part, index === parts.length - 1 ? flagLast : 0));
    for (const stream of [...this.table.values()]) {
      stream.due &= ~Due.ack;
      stream.receiver.acknowledged();
      stream.releaseIfOver();
    }
  }

  applySync(sync: Sync): void {
    const over = (stream: Stream) => {
      // The peer forgot it: so it has all of ours, and we have told it that we have all of its.
      if (!stream.receiver.done) stream.fail(new StreamError(StreamCode.lost, "The other end forgot the stream"));
      stream.release();
    };
    applySync(this.table, sync, (stream) => this.scheduleControl(stream), over);
  }

  // StreamOwner

  scheduleData(stream: Stream): void {
    if (stream.released) return;
    this.#schedule.data(stream);
    this.#wake();
  }

  scheduleControl(stream: Stream): void {
    this.#schedule.control(stream);
    this.#wake();
  }

  scheduleAcknowledgement(stream: Stream): void {
    this.#schedule.acknowledgement(stream);
  }

  release(stream: Stream): void {
    this.table.delete(stream.id);
    this.budget.headers -= stream.header.length;
  }

  // Frames

  #opened(frame: Frame, known: Stream | undefined): void {
    if (this.table.isOwn(frame.id)) throw new LinkError("violation", "The peer opened a stream with an id of ours");
    if (known !== undefined ? known.opened : !this.table.see(frame.id)) return;
    const { first: grant, second: trust, tail: header } = frame;
    if (header.length > maximumHeaderBytes || grant > maximumWindowBytes || trust > initialWindowBytes) {
      throw new LinkError("violation", "The peer opened a stream beyond the bounds");
    }
    const lossy = (frame.flags & flagLossy) !== 0;
    const stream = known ?? this.#accept(frame.id, lossy, trust);
    if (stream.lossy !== lossy) throw new LinkError("violation", "The peer contradicts itself on the kind of a stream");
    if (!stream.opened && stream.receiver instanceof ByteReceiver) stream.receiver.settle(trust);
    stream.opened = true;
    stream.sender.acknowledge(0, grant, false);
    if (this.table.size > maximumStreams || !this.budget.hasHeaderRoom(header.length)) {
      return stream.reset(StreamCode.refused, `A session has at most ${maximumStreams} streams at once`);
    }
    stream.header = header.slice();
    this.budget.headers += header.length;
    if (this.#onStream === null) this.#unclaimed.push(stream);
    else this.#hand(stream, this.#onStream);
  }

  /** An error of the owner's handler must not look like one of the tunnel. */
  #hand(stream: Stream, handler: (stream: Stream) => void): void {
    try {
      handler(stream);
    } catch (error) {
      stream.reset(StreamCode.refused, "The stream could not be taken");
      reportError(error);
    }
  }

  #accept(id: number, lossy: boolean, trust: number): Stream {
    if (!this.budget.hasInitialRoom(trust)) throw new LinkError("limit", "The peer opens too many streams at once");
    const window = this.budget.reserve(lossy ? 0 : trust);
    const stream = new Stream(this, { id, header: empty, lossy, window, trust: 0 });
    this.table.add(stream);
    return stream;
  }

  /** A frame came before the one that opens its stream (over another tunnel), or after the stream's end. */
  #early(frame: Frame, lossy: boolean): Stream | undefined {
    if (!this.table.see(frame.id)) return undefined;
    const stream = this.#accept(frame.id, lossy, initialWindowBytes);
    stream.opened = false;
    return stream;
  }

  #data(frame: Frame, stream: Stream | undefined): void {
    if (stream === undefined || stream.error !== null) return;
    if (stream.lossy !== ((frame.flags & flagLossy) !== 0)) {
      throw new LinkError("violation", "The peer contradicts itself on the kind of a stream");
    }
    stream.receiver.accept(frame.first, frame.tail, (frame.flags & flagLast) !== 0);
  }

  #message(frame: Frame, stream: Stream | undefined): void {
    if (stream === undefined || stream.error !== null) return;
    if (!(stream.receiver instanceof MessageReceiver)) {
      throw new LinkError("violation", "The peer sent a message on a stream of bytes");
    }
    stream.receiver.message(frame.first, frame.tail);
  }

  #acknowledged(frame: Frame, stream: Stream | undefined): void {
    if (stream === undefined || stream.error !== null) return;
    stream.sender.acknowledge(frame.first, frame.second, (frame.flags & flagLast) !== 0);
    stream.releaseIfOver();
  }

  #reset(frame: Frame, stream: Stream | undefined): void {
    if (stream === undefined) this.table.see(frame.id);
    else {
      stream.resetBy = null;
      stream.fail(new StreamError(frame.first, decoder.decode(frame.tail)));
      stream.release();
    }
    this.#schedule.resetDone(frame.id);
    this.#wake();
  }
}
