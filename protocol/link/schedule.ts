import { batchBytes, chunkBytes, quantumBytes, recordBytes, recordSpareBytes } from "../limits.ts";
import { dataFrameBytes, flagLast, flagLossy } from "./frame.ts";
import type { Flow } from "./flow.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { Queue } from "./queue.ts";
import { ByteSender } from "./byte_sender.ts";
import { Due, type Stream } from "./stream.ts";

/**
 * What is sent next. Control frames go first. Of the data, streams that have just begun to send go before those that
 * have been sending for longer than one quantum, and these take turns: a bulk stream never delays a small one.
 */
export class Schedule {
  #control = new Queue<Stream>();
  #fresh = new Queue<Stream>();
  #bulk = new Queue<Stream>();
  #acknowledgements: Stream[] = [];
  #resetsDone: number[] = [];

  /** Something must be sent now; acknowledgements that may wait don't count. */
  get hasControl(): boolean {
    return this.#control.length > 0 || this.#resetsDone.length > 0;
  }

  get hasData(): boolean {
    return this.#fresh.length > 0 || this.#bulk.length > 0;
  }

  get hasAcknowledgements(): boolean {
    return this.#acknowledgements.length > 0;
  }

  data(stream: Stream): void {
    if (stream.queued !== 0) return;
    stream.queued = 1;
    stream.credit = quantumBytes;
    this.#fresh.push(stream);
  }

  control(stream: Stream): void {
    if (stream.controlQueued) return;
    stream.controlQueued = true;
    this.#control.push(stream);
  }

  acknowledgement(stream: Stream): void {
    this.#acknowledgements.push(stream);
  }

  resetDone(id: number): void {
    this.#resetsDone.push(id);
  }

  /** Writes the control frames that are due, up to about one batch, and acknowledgements if they have company. */
  fillControl(writer: FrameWriter): void {
    for (const id of this.#resetsDone) writer.resetDone(id);
    this.#resetsDone = [];
    while (this.#control.length > 0 && writer.length < batchBytes) {
      const stream = this.#control.shift()!;
      stream.controlQueued = false;
      writeDue(stream, writer);
    }
  }

  /** Writes data as far as the tunnel has room: `room(priority)` bytes, more for streams that only begin to send. */
  fillData(writer: FrameWriter, flow: Flow): void {
    if (this.#control.length > 0) return; // What opens a stream must not come after its data.
    const start = writer.length;
    const until = wholeRecords(start + flow.room(false));
    const freshUntil = wholeRecords(start + flow.room(true));
    while (this.#fresh.length > 0 && payloadRoom(writer, freshUntil) > 0) {
      this.#serve(this.#fresh.shift()!, writer, freshUntil);
    }
    while (this.#fresh.length === 0 && this.#bulk.length > 0 && payloadRoom(writer, until) > 0) {
      this.#serve(this.#bulk.shift()!, writer, until);
    }
    if (this.hasData) flow.limited();
  }

  /** Writes the acknowledgements that waited for company. */
  fillAcknowledgements(writer: FrameWriter): void {
    const waiting = this.#acknowledgements;
    this.#acknowledgements = [];
    for (const stream of waiting) writeAcknowledgement(stream, writer);
  }

  /** One turn of one stream, up to `until` bytes in the writer. */
  #serve(stream: Stream, writer: FrameWriter, until: number): void {
    const alone = !this.hasData;
    if (alone) stream.credit = Math.max(stream.credit, chunkBytes);
    while (stream.credit > 0 && stream.sender.hasWork) {
      const room = payloadRoom(writer, until);
      if (room <= 0) break;
      stream.credit -= stream.sender.emit(writer, Math.min(stream.credit, room));
    }
    if (!stream.sender.hasWork) {
      stream.queued = 0;
      return;
    }
    if (stream.credit <= 0) stream.credit += quantumBytes;
    stream.queued = 2;
    this.#bulk.push(stream);
  }
}

/** The largest length up to `bytes` that fills the records of TLS, and leaves room for what carriers add. */
function wholeRecords(bytes: number): number {
  return bytes < recordBytes ? bytes : bytes - bytes % recordBytes - recordSpareBytes;
}

/** What one more data frame may carry. */
function payloadRoom(writer: FrameWriter, until: number): number {
  return until - writer.length - dataFrameBytes;
}

function writeDue(stream: Stream, writer: FrameWriter): void {
  const due = stream.due;
  if ((due & Due.reset) !== 0) {
    stream.due = 0;
    writer.reset(stream.id, stream.resetBy!.code, stream.resetBy!.reason);
    return;
  }
  if ((due & Due.open) !== 0) {
    writer.open(stream.id, stream.grant, stream.trust, stream.lossy ? flagLossy : 0, stream.header);
  }
  if ((due & Due.blocked) !== 0 && stream.sender instanceof ByteSender && stream.sender.isHeld) {
    writer.blocked(stream.id, stream.sender.limit);
  }
  stream.due &= ~(Due.open | Due.blocked);
  writeAcknowledgement(stream, writer);
}

function writeAcknowledgement(stream: Stream, writer: FrameWriter): void {
  if ((stream.due & Due.ack) === 0) return;
  stream.due &= ~Due.ack;
  const { receiver } = stream;
  writer.ack(stream.id, receiver.consumed, receiver.limit, receiver.done ? flagLast : 0);
  receiver.acknowledged();
  stream.releaseIfOver();
}
