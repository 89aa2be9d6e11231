import { maximumReasonBytes } from "../limits.ts";
import type { Budget, Window } from "./budget.ts";
import { StreamError } from "./errors.ts";
import { ByteReceiver } from "./byte_receiver.ts";
import { MessageReceiver } from "./message_receiver.ts";
import type { Receiver } from "./receiver.ts";
import { ByteSender } from "./byte_sender.ts";
import { MessageSender } from "./message_sender.ts";
import type { Sender } from "./sender.ts";

/** What a stream asks of its session. */
export interface StreamOwner {
  readonly budget: Budget;
  /** Data waits to be sent; a control frame (see `due`) does; an acknowledgement may ride along. */
  scheduleData(stream: Stream): void;
  scheduleControl(stream: Stream): void;
  scheduleAcknowledgement(stream: Stream): void;
  /** Both halves are over: the stream's state can go. */
  release(stream: Stream): void;
}

/** Control frames a stream has to send, as bits of `Stream.due`. */
export const Due = { open: 1, ack: 2, blocked: 4, reset: 8 } as const;

export interface StreamParts {
  id: number;
  header: Uint8Array;
  lossy: boolean;
  /** What the peer may send before the first acknowledgement (only of byte streams), and what we may. */
  window: Window;
  trust: number;
}

/**
 * One ordered stream of bytes in each direction or, when it was opened as `lossy`, of messages that may be dropped.
 * The fields below the public ones are the session's.
 */
export class Stream {
  readonly id: number;
  readonly lossy: boolean;
  /** What it was opened with. */
  header: Uint8Array;

  /** @internal */ readonly sender: Sender;
  /** @internal */ readonly receiver: Receiver;
  /** @internal The window granted at the beginning, and the one trusted to be granted. */
  readonly grant: number;
  /** @internal */ trust: number;
  /** @internal Bits of `Due`. */
  due = 0;
  /** @internal The header is known; data may come before it over another tunnel. */
  opened = true;
  /** @internal Reset by this side; kept until the peer knows. */
  resetBy: StreamError | null = null;
  /** @internal Place in the scheduler. */
  queued: 0 | 1 | 2 = 0;
  /** @internal */ controlQueued = false;
  /** @internal */ credit = 0;
  /** @internal */ released = false;

  #owner: StreamOwner;
  #error: StreamError | null = null;
  #closed: PromiseWithResolvers<void> | null = null;

  constructor(owner: StreamOwner, parts: StreamParts) {
    this.#owner = owner;
    this.id = parts.id;
    this.header = parts.header;
    this.lossy = parts.lossy;
    this.grant = parts.window.size;
    this.trust = parts.trust;
    if (parts.lossy) {
      this.sender = new MessageSender(this, owner.budget);
      this.receiver = new MessageReceiver(this, owner.budget);
    } else {
      this.sender = new ByteSender(this, parts.trust);
      this.receiver = new ByteReceiver(this, owner.budget, parts.window);
    }
  }

  /**
   * The next bytes, which the caller may keep, or give back by `recycle`; null after the peer's end. One read at a time.
   *
   * @throws {StreamError} when either side reset the stream, or the session ended
   */
  read(): Promise<Uint8Array | null> {
    if (!(this.receiver instanceof ByteReceiver)) throw new TypeError("A lossy stream has messages: use receive()");
    return this.receiver.read();
  }

  /** Puts bytes back that were read and not used: the next `read` returns them. */
  unread(bytes: Uint8Array): void {
    if (this.receiver instanceof ByteReceiver) this.receiver.unread(bytes);
  }

  /**
   * Writes a copy of `bytes`; resolves when all of them are in the send buffer, which is as large as the peer's window.
   *
   * @throws {StreamError} when either side reset the stream, or the session ended
   */
  write(bytes: Uint8Array): Promise<void> {
    if (!(this.sender instanceof ByteSender)) throw new TypeError("A lossy stream has messages: use send()");
    return this.sender.write(bytes);
  }

  /**
   * Writes as much of `bytes` as can be taken at once; returns how many bytes that were. `write` takes the rest.
   *
   * @throws {StreamError} as `write`
   */
  tryWrite(bytes: Uint8Array): number {
    if (!(this.sender instanceof ByteSender)) throw new TypeError("A lossy stream has messages: use send()");
    return this.sender.tryWrite(bytes);
  }

  /** Ends this direction behind everything written; the other one lives on. Never rejects. */
  end(): Promise<void> {
    this.sender.end();
    return Promise.resolve();
  }

  /** Ends both directions at once; the peer's reads and writes fail with `code` and `reason`, and so do ours. */
  reset(code: number, reason = ""): void {
    if (this.#error !== null || this.released) return;
    const error = new StreamError(code >>> 0, reason.slice(0, maximumReasonBytes));
    this.resetBy = error;
    this.due = Due.reset;
    this.fail(error);
    this.#owner.scheduleControl(this);
  }

  /** Sends one message of a lossy stream; false when it was dropped, which is counted. */
  send(message: Uint8Array): boolean {
    if (!(this.sender instanceof MessageSender)) throw new TypeError("A stream of bytes has no messages: use write()");
    return this.sender.send(message);
  }

  /** The next message of a lossy stream; null after the peer's end. */
  receive(): Promise<Uint8Array | null> {
    if (!(this.receiver instanceof MessageReceiver)) {
      throw new TypeError("A stream of bytes has no messages: use read()");
    }
    return this.receiver.read();
  }

  /** Messages that never reached their reader: those dropped here when sending, and those missing when receiving. */
  get dropped(): number {
    if (!(this.sender instanceof MessageSender && this.receiver instanceof MessageReceiver)) return 0;
    return this.sender.dropped + this.receiver.dropped;
  }

  /** Resolves when both directions have ended and were consumed, or the stream was reset. Never rejects. */
  get closed(): Promise<void> {
    if (this.released || this.#error !== null) return Promise.resolve();
    return (this.#closed ??= Promise.withResolvers<void>()).promise;
  }

  /** @internal The reason of a reset by either side. */
  get error(): StreamError | null {
    return this.#error;
  }

  /** @internal Fails both halves. */
  fail(error: StreamError): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.sender.fail(error);
    this.receiver.fail(error);
    this.#closed?.resolve();
  }

  /** @internal Gives the state back when nothing is left to say or to hear. */
  releaseIfOver(): void {
    if (this.resetBy !== null || (this.due & Due.ack) !== 0) return;
    if (this.sender.endConfirmed && this.receiver.done) this.release();
  }

  /** @internal */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.due = 0;
    this.#owner.release(this);
    this.#closed?.resolve();
  }

  /** @internal */
  sendable(): void {
    this.#owner.scheduleData(this);
  }

  /** @internal */
  held(): void {
    this.#dueNow(Due.blocked);
  }

  /** @internal */
  acknowledgeNow(): void {
    this.#dueNow(Due.ack);
  }

  /** @internal */
  acknowledgeSoon(): void {
    if (this.released || this.#error !== null || (this.due & Due.ack) !== 0) return;
    this.due |= Due.ack;
    this.#owner.scheduleAcknowledgement(this);
  }

  #dueNow(bit: number): void {
    if (this.released || this.#error !== null) return;
    this.due |= bit;
    this.#owner.scheduleControl(this);
  }
}
