import { acknowledgeBytes } from "../limits.ts";
import { keep } from "./blocks.ts";
import type { Budget, Window } from "./budget.ts";
import { LinkError, type StreamError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { type Delivery, Reassembly } from "./reassembly.ts";
import type { Receiver, ReceiverOwner } from "./receiver.ts";

const unknown = -1;

/** Puts bytes in order and grants the peer a window that grows while it holds the peer up. */
export class ByteReceiver extends Inbox implements Receiver, Delivery {
  consumed = 0;
  limit: number;
  done = false;
  readonly #owner: ReceiverOwner;
  readonly #budget: Budget;
  readonly #window: Window;
  readonly #reassembly = new Reassembly();
  #acknowledged = 0;
  /** Bytes at the front of the inbox that were read before and put back. */
  #returned = 0;
  /** Where the peer ended. */
  #final = unknown;
  #failed = false;
  /** The peer has more to send than the window allows. */
  #peerHeld = false;

  constructor(owner: ReceiverOwner, budget: Budget, window: Window) {
    super();
    this.#owner = owner;
    this.#budget = budget;
    this.#window = window;
    this.limit = window.size;
  }

  get received(): number {
    return this.#reassembly.received;
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.take();
    if (bytes === undefined) return this.wait();
    const again = Math.min(this.#returned, bytes.length);
    this.#returned -= again;
    if (again < bytes.length) this.#consume(bytes.length - again);
    return Promise.resolve(bytes);
  }

  /** Puts back bytes that were read and not used. They stay counted as consumed. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#failed) return;
    keep(bytes);
    this.putFirst(bytes);
    this.#returned += bytes.length;
  }

  accept(offset: number, bytes: Uint8Array, last: boolean): void {
    if (this.#failed) return;
    const end = offset + bytes.length;
    this.#check(end, last);
    if (last) this.#final = end;
    if (bytes.length > 0) this.#reassembly.add(offset, bytes, this);
    if (this.#final !== unknown) this.#finish();
  }

  /** Bytes that are in order now. */
  deliver(bytes: Uint8Array): void {
    if (this.put(bytes)) this.#consume(bytes.length);
  }

  /** The stream was opened after its first data had come: with this window instead of the one assumed. */
  settle(initial: number): void {
    if (this.#failed || this.done) return;
    this.#budget.settle(this.#window, initial);
    this.limit = Math.max(initial, this.#reassembly.highest);
  }

  /** The peer's writer waits for the window. */
  peerHeld(limit: number): void {
    if (this.#failed || this.done || limit > this.limit) return;
    this.#peerHeld = true;
    // What fills the window may still be under way; once it is read, that decides.
    if (this.consumed >= limit && this.#grow()) this.#owner.acknowledgeNow();
  }

  acknowledged(): void {
    this.#acknowledged = this.consumed;
  }

  fail(error: StreamError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#reassembly.clear();
    this.failInbox(error);
    this.#budget.release(this.#window);
  }

  #check(end: number, last: boolean): void {
    if (end > this.limit) throw new LinkError("violation", "The peer sent more than its window allows");
    const final = this.#final;
    const moved = final === unknown ? last && end < this.#reassembly.highest : end > final || (last && end !== final);
    if (moved) throw new LinkError("violation", "The peer moved the end of a stream");
  }

  /** Counts bytes as consumed once the reader has them. */
  #consume(count: number): void {
    this.consumed += count;
    if (this.#final !== unknown) {
      this.#finish();
      return;
    }
    const grown = this.#peerHeld && this.isDrained && this.#grow();
    if (!grown) this.#advance();
    const due = this.consumed - this.#acknowledged >= Math.min(this.#window.size / 2, acknowledgeBytes);
    if (grown || due) this.#owner.acknowledgeNow();
    else this.#owner.acknowledgeSoon();
  }

  /** The reader is as fast as the data comes and the window is what holds the peer up: makes it larger. */
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
    this.finishInbox();
    if (this.consumed < this.#final) {
      this.#owner.acknowledgeSoon();
      return;
    }
    this.done = true;
    this.#budget.release(this.#window);
    this.#owner.acknowledgeNow();
  }
}
