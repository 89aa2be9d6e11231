import { lossyStreamBytes } from "../limits.ts";
import type { Budget } from "./budget.ts";
import { LinkError, type StreamError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import type { Receiver, ReceiverOwner } from "./receiver.ts";

/** Takes messages as they come; those that come late or find no room are dropped and counted. */
export class MessageReceiver extends Inbox implements Receiver {
  readonly consumed = 0;
  readonly received = 0;
  readonly limit = 0;
  done = false;
  dropped = 0;
  readonly #owner: ReceiverOwner;
  readonly #budget: Budget;
  #queuedBytes = 0;
  /** Number of the next message; the peer counts those it dropped as well. */
  #next = 0;
  #ended = false;
  #failed = false;

  constructor(owner: ReceiverOwner, budget: Budget) {
    super();
    this.#owner = owner;
    this.#budget = budget;
  }

  read(): Promise<Uint8Array | null> {
    const message = this.take();
    if (message === undefined) return this.wait();
    this.#forget(message.length);
    if (this.#ended) this.#finish();
    return Promise.resolve(message);
  }

  /** A message with its number; one with a lower number than the last is late. */
  message(sequence: number, bytes: Uint8Array): void {
    if (this.#failed || this.#ended || sequence < this.#next) return;
    this.dropped += sequence - this.#next;
    this.#next = sequence + 1;
    const fits = this.#queuedBytes + bytes.length <= lossyStreamBytes &&
      this.#budget.hasLossyRoom("lossyIncoming", bytes.length);
    if (!fits) {
      this.dropped++;
    } else if (!this.put(bytes.slice())) {
      this.#queuedBytes += bytes.length;
      this.#budget.lossyIncoming += bytes.length;
    }
  }

  /** The end: `offset` is the number of messages there were. */
  accept(offset: number, bytes: Uint8Array, last: boolean): void {
    if (bytes.length > 0 || !last) throw new LinkError("violation", "The peer sent bytes on a stream of messages");
    if (this.#failed) return;
    if (offset < this.#next) throw new LinkError("violation", "The peer moved the end of a stream");
    this.dropped += offset - this.#next;
    this.#next = offset;
    if (this.#ended) return;
    this.#ended = true;
    this.finishInbox();
    this.#finish();
  }

  acknowledged(): void {}

  fail(error: StreamError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#forget(this.#queuedBytes);
    this.failInbox(error);
  }

  #finish(): void {
    if (this.done || !this.isDrained) return;
    this.done = true;
    this.#owner.acknowledgeNow();
  }

  #forget(bytes: number): void {
    this.#queuedBytes -= bytes;
    this.#budget.lossyIncoming -= bytes;
  }
}
