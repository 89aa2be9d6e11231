import { chunkBytes, unsentBytes } from "../limits.ts";
import { LinkError, type StreamError } from "./errors.ts";
import { flagLast } from "./frame.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { ReplayBuffer } from "./replay.ts";
import type { Sender, SenderOwner } from "./sender.ts";

interface WaitingWrite {
  bytes: Uint8Array;
  taken: number;
  resolve(): void;
  reject(error: Error): void;
}

const done: Promise<void> = Promise.resolve();

/** Keeps what was written until the peer has consumed it, within the window the peer grants. */
export class ByteSender implements Sender {
  endConfirmed = false;
  #owner: SenderOwner;
  #replay = new ReplayBuffer();
  /** The next byte to send, and the first one that must not be sent. */
  #next = 0;
  #limit: number;
  #waiting: WaitingWrite[] | null = null;
  #error: StreamError | null = null;
  #ended = false;
  #endSent = false;

  constructor(owner: SenderOwner, limit: number) {
    this.#owner = owner;
    this.#limit = limit;
  }

  get hasWork(): boolean {
    return this.#next < this.#replay.end || (this.#closing && !this.#endSent);
  }

  /** The window's end, as `blocked` frames name it. */
  get limit(): number {
    return this.#limit;
  }

  /** A writer waits, and it is the window that it waits for. */
  get isHeld(): boolean {
    return this.#waiting !== null && this.#replay.end === this.#limit;
  }

  /** Resolves when all bytes are in the buffer. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#ended) return Promise.reject(new LinkError("ended", "The stream was ended before this write"));
    const taken = this.#waiting === null ? this.#take(bytes, 0) : 0;
    if (taken === bytes.length) return done;
    return new Promise((resolve, reject) => {
      (this.#waiting ??= []).push({ bytes, taken, resolve, reject });
      if (this.isHeld) this.#owner.held();
    });
  }

  /** Takes what the window has room for; returns how many bytes. */
  tryWrite(bytes: Uint8Array): number {
    if (this.#error !== null) throw this.#error;
    if (this.#ended) throw new LinkError("ended", "The stream was ended before this write");
    return this.#waiting === null ? this.#take(bytes, 0) : 0;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#error === null && this.#waiting === null) this.#owner.sendable();
  }

  emit(writer: FrameWriter, room: number): number {
    const length = Math.min(room, chunkBytes, this.#replay.end - this.#next);
    const last = this.#closing && this.#next + length === this.#replay.end;
    const at = writer.data(this.#owner.id, this.#next, length, last ? flagLast : 0);
    if (length > 0) this.#replay.copy(this.#next, length, writer.bytes, at);
    this.#next += length;
    if (last) this.#endSent = true;
    if (this.#waiting !== null) this.#takeWaiting();
    return length;
  }

  acknowledge(consumed: number, limit: number, last: boolean): void {
    if (this.#error !== null) return;
    if (consumed > this.#replay.end) throw new LinkError("violation", "The peer acknowledged what was never sent");
    if (last && !(this.#closing && consumed === this.#replay.end)) {
      throw new LinkError("violation", "The peer acknowledged an end that was never sent");
    }
    if (consumed > this.#replay.start) this.#replay.trim(consumed);
    if (consumed > this.#next) this.#next = consumed;
    if (last) {
      this.endConfirmed = true;
      this.#endSent = true;
    }
    this.#limit = Math.max(this.#limit, limit);
    if (this.#waiting !== null) this.#takeWaiting();
  }

  rewind(received: number): void {
    if (this.#error !== null) return;
    if (received > this.#replay.end) throw new LinkError("violation", "The peer received what was never sent");
    this.#next = Math.max(received, this.#replay.start);
    this.#endSent = this.endConfirmed;
    if (this.hasWork) this.#owner.sendable();
    if (this.isHeld) this.#owner.held();
  }

  fail(error: StreamError): void {
    if (this.#error !== null) return;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#replay.clear();
    this.#next = this.#replay.end;
    this.#endSent = true;
    waiting?.forEach((write) => write.reject(error));
  }

  /** Everything that will ever be written is in the buffer. */
  get #closing(): boolean {
    return this.#ended && this.#waiting === null;
  }

  #take(bytes: Uint8Array, from: number): number {
    const unsent = this.#replay.end - this.#next;
    const count = Math.min(bytes.length - from, this.#limit - this.#replay.end, unsentBytes - unsent);
    if (count <= 0) return 0;
    this.#replay.append(bytes, from, count);
    this.#owner.sendable();
    return count;
  }

  #takeWaiting(): void {
    const waiting = this.#waiting!;
    let served = 0;
    for (const write of waiting) {
      write.taken += this.#take(write.bytes, write.taken);
      if (write.taken < write.bytes.length) break;
      write.resolve();
      served++;
    }
    if (served < waiting.length) {
      waiting.splice(0, served);
      if (this.isHeld) this.#owner.held();
      return;
    }
    this.#waiting = null;
    if (this.#ended) this.#owner.sendable();
  }
}
