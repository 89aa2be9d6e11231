import { acknowledgeBytes, lossyStreamBytes } from "../limits.ts";
import type { Budget, Window } from "./budget.ts";
import { LinkError, type StreamError } from "./errors.ts";
import { Reassembly } from "./reassembly.ts";

/** What a receiving half tells its stream. */
export interface ReceiverOwner {
  /** An acknowledgement is due: at once, or with whatever is sent next. */
  acknowledgeNow(): void;
  acknowledgeSoon(): void;
}

/** The receiving half of a stream: of bytes (`ByteReceiver`) or of messages (`MessageReceiver`). */
export interface Receiver {
  /** What the peer is told: offsets consumed and received in order, and the window's end. */
  readonly consumed: number;
  readonly received: number;
  readonly limit: number;
  /** Everything up to the end was consumed. */
  readonly done: boolean;
  /** Marks the acknowledgement as sent. */
  acknowledged(): void;
  /** Bytes (or, for messages, only the end) at `offset`; `last`: nothing comes after them. */
  accept(offset: number, bytes: Uint8Array, last: boolean): void;
  /** The next bytes or message; null after the end. */
  read(): Promise<Uint8Array | null>;
  /** Gives up: what waits is dropped, readers get `error`. */
  fail(error: StreamError): void;
}

interface Waiter {
  resolve(bytes: Uint8Array | null): void;
  reject(error: Error): void;
}

/** The order of arrival, one reader waiting at most, and the end: the part both kinds share. */
class Inbox {
  #queue: Uint8Array[] = [];
  #first = 0;
  #waiter: Waiter | null = null;
  #error: StreamError | null = null;
  #ended = false;

  get isEmpty(): boolean {
    return this.#first === this.#queue.length;
  }

  /** Hands the bytes to the waiting reader (true), or keeps them. */
  put(bytes: Uint8Array): boolean {
    const waiter = this.#waiter;
    if (waiter === null) {
      this.#queue.push(bytes);
      return false;
    }
    this.#waiter = null;
    waiter.resolve(bytes);
    return true;
  }

  putFirst(bytes: Uint8Array): void {
    this.#queue.splice(this.#first, 0, bytes);
  }

  /** The first of what was kept. */
  shift(): Uint8Array | undefined {
    const bytes = this.#queue[this.#first];
    if (bytes === undefined) return undefined;
    this.#queue[this.#first++] = empty;
    if (this.#first === this.#queue.length) {
      this.#queue = [];
      this.#first = 0;
    } else if (this.#first === 64) {
      this.#queue.splice(0, 64);
      this.#first = 0;
    }
    return bytes;
  }

  /** A reader that waits for what comes; the end and errors are told at once. */
  wait(): Promise<Uint8Array | null> {
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(null);
    if (this.#waiter !== null) return Promise.reject(new Error("Another read of this stream is waiting"));
    return new Promise((resolve, reject) => this.#waiter = { resolve, reject });
  }

  end(): void {
    this.#ended = true;
    this.#waiter?.resolve(null);
    this.#waiter = null;
  }

  fail(error: StreamError): void {
    this.#error = error;
    this.#queue = [];
    this.#first = 0;
    this.#waiter?.reject(error);
    this.#waiter = null;
  }
}
const empty = new Uint8Array();

/** Puts bytes in order and grants the peer a window that grows while it holds the peer up. */
export class ByteReceiver implements Receiver {
  consumed = 0;
  limit: number;
  done = false;
  #owner: ReceiverOwner;
  #budget: Budget;
  #window: Window;
  #reassembly = new Reassembly();
  #inbox = new Inbox();
  #acknowledged = 0;
  /** Bytes at the front of the inbox that were read before and put back. */
  #returned = 0;
  #final = -1;
  #failed = false;
  #peerHeld = false;

  constructor(owner: ReceiverOwner, budget: Budget, window: Window) {
    this.#owner = owner;
    this.#budget = budget;
    this.#window = window;
    this.limit = window.size;
  }

  get received(): number {
    return this.#reassembly.received;
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#inbox.shift();
    if (bytes === undefined) return this.#inbox.wait();
    const again = Math.min(this.#returned, bytes.length);
    this.#returned -= again;
    if (again < bytes.length) this.#consume(bytes.length - again);
    return Promise.resolve(bytes);
  }

  /** Puts back bytes that were read and not used. They stay counted as consumed. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#failed) return;
    this.#inbox.putFirst(bytes);
    this.#returned += bytes.length;
  }

  accept(offset: number, bytes: Uint8Array, last: boolean): void {
    if (this.#failed) return;
    const end = offset + bytes.length;
    this.#check(end, last);
    if (last) this.#final = end;
    if (bytes.length > 0) this.#reassembly.add(offset, bytes, this.#deliver);
    if (this.#final >= 0) this.#finish();
  }

  /** The peer's writer waits for the window. */
  peerHeld(limit: number): void {
    if (this.#failed || this.done || limit > this.limit) return;
    this.#peerHeld = true;
    if (this.#inbox.isEmpty && this.#grow()) this.#owner.acknowledgeNow();
  }

  acknowledged(): void {
    this.#acknowledged = this.consumed;
  }

  fail(error: StreamError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#reassembly.clear();
    this.#inbox.fail(error);
    this.#budget.release(this.#window);
  }

  #check(end: number, last: boolean): void {
    if (end > this.limit) throw new LinkError("violation", "The peer sent more than its window allows");
    const wrongEnd = this.#final >= 0
      ? end > this.#final || (last && end !== this.#final)
      : last && end < this.#highest;
    if (wrongEnd) throw new LinkError("violation", "The peer moved the end of a stream");
  }

  get #highest(): number {
    return this.#reassembly.highest;
  }

  #deliver = (bytes: Uint8Array): void => {
    if (this.#inbox.put(bytes)) this.#consume(bytes.length);
  };

  /** Counts bytes as consumed once the reader has them. */
  #consume(count: number): void {
    this.consumed += count;
    if (this.#final >= 0) {
      this.#finish();
      return;
    }
    const grown = this.#peerHeld && this.#inbox.isEmpty && this.#grow();
    if (!grown) this.#advance();
    const due = this.consumed - this.#acknowledged >= Math.min(this.#window.size / 2, acknowledgeBytes);
    if (grown || due) this.#owner.acknowledgeNow();
    else this.#owner.acknowledgeSoon();
  }

  /** The reader is as fast as the data comes and the window is what holds the peer up: doubles it. */
  #grow(): boolean {
    const grown = this.#budget.grow(this.#window);
    if (grown) {
      this.#peerHeld = false;
      this.#advance();
    }
    return grown;
  }

  #advance(): void {
    this.#budget.shrink(this.#window, this.limit - this.consumed);
    this.limit = Math.max(this.limit, this.consumed + this.#window.size);
  }

  #finish(): void {
    if (this.done || this.#reassembly.received < this.#final) return;
    this.#inbox.end();
    if (this.consumed < this.#final) {
      this.#owner.acknowledgeSoon();
      return;
    }
    this.done = true;
    this.#budget.release(this.#window);
    this.#owner.acknowledgeNow();
  }
}

/** Takes messages as they come; those that come late or find no room are dropped and counted. */
export class MessageReceiver implements Receiver {
  readonly consumed = 0;
  readonly received = 0;
  readonly limit = 0;
  done = false;
  dropped = 0;
  #owner: ReceiverOwner;
  #budget: Budget;
  #inbox = new Inbox();
  #queuedBytes = 0;
  #next = 0;
  #ended = false;
  #failed = false;

  constructor(owner: ReceiverOwner, budget: Budget) {
    this.#owner = owner;
    this.#budget = budget;
  }

  read(): Promise<Uint8Array | null> {
    const message = this.#inbox.shift();
    if (message === undefined) return this.#inbox.wait();
    this.#forget(message.length);
    if (this.#ended) this.#finish();
    return Promise.resolve(message);
  }

  /** A message with its number; earlier numbers than the last one's are late. */
  message(sequence: number, bytes: Uint8Array): void {
    if (this.#failed || this.#ended || sequence < this.#next) return;
    this.dropped += sequence - this.#next;
    this.#next = sequence + 1;
    const fits = this.#queuedBytes + bytes.length <= lossyStreamBytes &&
      this.#budget.hasLossyRoom("lossyIncoming", bytes.length);
    if (!fits) {
      this.dropped++;
      return;
    }
    if (this.#inbox.put(bytes.slice())) return;
    this.#queuedBytes += bytes.length;
    this.#budget.lossyIncoming += bytes.length;
  }

  accept(offset: number, bytes: Uint8Array, last: boolean): void {
    if (bytes.length > 0 || !last) throw new LinkError("violation", "The peer sent bytes on a stream of messages");
    if (this.#failed) return;
    if (offset < this.#next) throw new LinkError("violation", "The peer moved the end of a stream");
    this.dropped += offset - this.#next;
    this.#next = offset;
    if (this.#ended) return;
    this.#ended = true;
    this.#inbox.end();
    this.#finish();
  }

  #finish(): void {
    if (this.done || !this.#inbox.isEmpty) return;
    this.done = true;
    this.#owner.acknowledgeNow();
  }

  acknowledged(): void {}

  fail(error: StreamError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#forget(this.#queuedBytes);
    this.#inbox.fail(error);
  }

  #forget(bytes: number): void {
    this.#queuedBytes -= bytes;
    this.#budget.lossyIncoming -= bytes;
  }
}
