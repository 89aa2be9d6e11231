/** One direction of a TCP connection, put together from its captured segments. */
import type { Segment } from "./segment.ts";

/** What waits behind a gap, in bytes; more means that the gap will not be filled. */
const WAITING_BYTES_MAX = 512 * 1024;
/** A segment that was lost on its way is sent again, a third time after 1.4 s; one that was not captured never comes. */
const GAP_MS_MAX = 1500;

export interface FlowEvents {
  /** Bytes in order; valid during the call. */
  data(bytes: Uint8Array): void;
  /** Nothing more comes: the client's end, or its reset, behind which queued bytes must not be lost either. */
  end(): void;
  /** Part of the flow was never captured: it cannot go on. */
  gap(): void;
}

interface WaitingPiece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export class Flow {
  /** Sequence number of the next byte. */
  #next: number;
  /** Sequence number behind the last byte, once it is known. */
  #end: number | null = null;
  #isOver = false;
  /** In order of sequence numbers. */
  #waiting: WaitingPiece[] = [];
  #waitingBytes = 0;
  #waitingSinceMs = 0;

  constructor(firstSequence: number, private readonly events: FlowEvents) {
    this.#next = firstSequence;
  }

  /** No event will come any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes one segment, whatever its place. `nowMs` from any steady clock. */
  accept(segment: Segment, nowMs: number): void {
    if (this.#isOver) return;
    if (segment.resets) return this.#finish(this.#waiting.length > 0 ? "gap" : "end");
    const { sequence, payload } = segment;
    if (segment.ends) this.#end = (sequence + payload.length) >>> 0;
    if (distance(sequence, this.#next) > 0) {
      if (payload.length > 0) this.#keep(sequence, payload, nowMs);
    } else {
      this.#deliver(sequence, payload);
      this.#drain(nowMs);
    }
    if (!this.#isOver && this.#end !== null && distance(this.#next, this.#end) >= 0) {
      this.#finish("end");
    }
    this.checkGap(nowMs);
  }

  /** Gives the flow up if it has been waiting for a lost part for too long. */
  checkGap(nowMs: number): void {
    if (this.#isOver || this.#waiting.length === 0) return;
    if (this.#waitingBytes <= WAITING_BYTES_MAX && nowMs - this.#waitingSinceMs <= GAP_MS_MAX) return;
    this.#finish("gap");
  }

  #deliver(sequence: number, bytes: Uint8Array): void {
    const known = distance(this.#next, sequence);
    if (known >= bytes.length) return;
    this.#next = (sequence + bytes.length) >>> 0;
    this.events.data(bytes.subarray(known));
  }

  #keep(sequence: number, bytes: Uint8Array, nowMs: number): void {
    if (this.#waiting.length === 0) this.#waitingSinceMs = nowMs;
    const at = this.#waiting.findLastIndex((piece) => distance(sequence, piece.sequence) >= 0);
    const before = this.#waiting[at];
    if (before?.sequence === sequence && before.bytes.length >= bytes.length) return;
    this.#waiting.splice(at + 1, 0, { sequence, bytes: bytes.slice() });
    this.#waitingBytes += bytes.length;
  }

  #drain(nowMs: number): void {
    while (this.#waiting.length > 0 && distance(this.#waiting[0].sequence, this.#next) <= 0) {
      const { sequence, bytes } = this.#waiting.shift()!;
      this.#waitingBytes -= bytes.length;
      this.#waitingSinceMs = nowMs;
      this.#deliver(sequence, bytes);
    }
  }

  #finish(event: "end" | "gap"): void {
    this.#isOver = true;
    this.#waiting = [];
    this.events[event]();
  }
}

/** How far `a` is behind `b` on the circle of sequence numbers; negative when it is before. */
function distance(a: number, b: number): number {
  return (a - b) | 0;
}
