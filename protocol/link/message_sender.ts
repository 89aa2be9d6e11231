import { lossyStreamBytes, maximumMessageBytes } from "../limits.ts";
import type { Budget } from "./budget.ts";
import { LinkError, type StreamError } from "./errors.ts";
import { flagLast, flagLossy } from "./frame.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { Queue } from "./queue.ts";
import type { Sender, SenderOwner } from "./sender.ts";

/** Sends each message once; what can't be sent soon is dropped and counted. */
export class MessageSender implements Sender {
  endConfirmed = false;
  dropped = 0;
  #owner: SenderOwner;
  #budget: Budget;
  readonly #queue = new Queue<{ sequence: number; bytes: Uint8Array }>();
  #queuedBytes = 0;
  #sequence = 0;
  #ended = false;
  #endSent = false;
  #failed = false;

  constructor(owner: SenderOwner, budget: Budget) {
    this.#owner = owner;
    this.#budget = budget;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0 || (this.#ended && !this.#endSent);
  }

  /** Takes a copy of the message, or drops it: then it returns false. */
  send(message: Uint8Array): boolean {
    if (this.#failed || this.#ended) return false;
    const sequence = this.#sequence++;
    const fits = message.length <= maximumMessageBytes && this.#queuedBytes + message.length <= lossyStreamBytes &&
      this.#budget.hasLossyRoom("lossyOutgoing", message.length);
    if (!fits) {
      this.dropped++;
      return false;
    }
    this.#queue.push({ sequence, bytes: message.slice() });
    this.#queuedBytes += message.length;
    this.#budget.lossyOutgoing += message.length;
    this.#owner.sendable();
    return true;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#failed) this.#owner.sendable();
  }

  emit(writer: FrameWriter, _room: number): number {
    const message = this.#queue.shift();
    if (message === undefined) {
      this.#endSent = true;
      writer.data(this.#owner.id, this.#sequence, 0, flagLast | flagLossy);
      return 0;
    }
    writer.message(this.#owner.id, message.sequence, message.bytes);
    this.#forget(message.bytes.length);
    return message.bytes.length;
  }

  acknowledge(_consumed: number, _limit: number, last: boolean): void {
    if (last && !this.#ended) throw new LinkError("violation", "The peer acknowledged an end that was never sent");
    if (last) this.endConfirmed = true;
  }

  rewind(_received: number): void {
    if (this.#failed) return;
    this.#endSent = this.endConfirmed;
    if (this.hasWork) this.#owner.sendable();
  }

  fail(_error: StreamError): void {
    this.#failed = true;
    this.#forget(this.#queuedBytes);
    this.#queue.clear();
    this.#endSent = true;
  }

  #forget(bytes: number): void {
    this.#queuedBytes -= bytes;
    this.#budget.lossyOutgoing -= bytes;
  }
}
