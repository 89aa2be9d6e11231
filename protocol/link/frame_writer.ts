import { maximumReasonBytes } from "../limits.ts";
import { frameHeaderBytes, FrameType, writeWide } from "./frame.ts";

/** Gathers frames into one buffer that is written to a tunnel at once, and then used again. */
export class FrameWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  #view: DataView;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The frames gathered so far. */
  get gathered(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  open(id: number, grant: number, trust: number, flags: number, header: Uint8Array): void {
    const at = this.#begin(FrameType.open, flags, 16 + header.length);
    writeWide(this.#view, at, id);
    this.#view.setUint32(at + 8, grant, true);
    this.#view.setUint32(at + 12, trust, true);
    this.bytes.set(header, at + 16);
  }

  /** Writes the head of a data frame; the caller fills the `length` bytes at the returned index. */
  data(id: number, offset: number, length: number, flags: number): number {
    const at = this.#begin(FrameType.data, flags, 16 + length);
    writeWide(this.#view, at, id);
    writeWide(this.#view, at + 8, offset);
    return at + 16;
  }

  ack(id: number, consumed: number, limit: number, flags: number): void {
    const at = this.#begin(FrameType.ack, flags, 24);
    writeWide(this.#view, at, id);
    writeWide(this.#view, at + 8, consumed);
    writeWide(this.#view, at + 16, limit);
  }

  blocked(id: number, limit: number): void {
    const at = this.#begin(FrameType.blocked, 0, 16);
    writeWide(this.#view, at, id);
    writeWide(this.#view, at + 8, limit);
  }

  reset(id: number, code: number, reason: string): void {
    const text = encodeReason(reason);
    const at = this.#begin(FrameType.reset, 0, 12 + text.length);
    writeWide(this.#view, at, id);
    this.#view.setUint32(at + 8, code, true);
    this.bytes.set(text, at + 12);
  }

  resetDone(id: number): void {
    writeWide(this.#view, this.#begin(FrameType.resetDone, 0, 8), id);
  }

  message(id: number, sequence: number, message: Uint8Array): void {
    const at = this.#begin(FrameType.message, 0, 16 + message.length);
    writeWide(this.#view, at, id);
    writeWide(this.#view, at + 8, sequence);
    this.bytes.set(message, at + 16);
  }

  carried(count: number, heldUs: number): void {
    const at = this.#begin(FrameType.carried, 0, 12);
    writeWide(this.#view, at, count);
    this.#view.setUint32(at + 8, heldUs, true);
  }

  /** A frame of one number: ping or pong. */
  number(type: number, value: number): void {
    writeWide(this.#view, this.#begin(type, 0, 8), value);
  }

  sync(part: Uint8Array, flags: number): void {
    const at = this.#begin(FrameType.sync, flags, part.length);
    this.bytes.set(part, at);
  }

  end(reason: string): void {
    const text = encodeReason(reason);
    const at = this.#begin(FrameType.end, 0, text.length);
    this.bytes.set(text, at);
  }

  endDone(): void {
    this.#begin(FrameType.endDone, 0, 0);
  }

  /** Writes the header of a frame and takes the room for its body; returns where the body begins. */
  #begin(type: number, flags: number, body: number): number {
    const at = this.length;
    const needed = at + frameHeaderBytes + body;
    if (needed > this.bytes.length) this.#grow(needed);
    this.#view.setUint32(at, type | (flags << 8), true);
    this.#view.setUint32(at + 4, body, true);
    this.length = needed;
    return at + frameHeaderBytes;
  }

  #grow(needed: number): void {
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const larger = new Uint8Array(capacity);
    larger.set(this.gathered);
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

const encoder = new TextEncoder();

/** A reason as bytes, cut off at its bound between characters. */
function encodeReason(reason: string): Uint8Array {
  const bytes = new Uint8Array(maximumReasonBytes);
  return bytes.subarray(0, encoder.encodeInto(reason, bytes).written);
}
