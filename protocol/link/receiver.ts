import type { StreamError } from "./errors.ts";

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
  /** Notes that an acknowledgement was sent. */
  acknowledged(): void;
  /** Bytes (or, for messages, only the end) at `offset`; `last`: nothing comes after them. */
  accept(offset: number, bytes: Uint8Array, last: boolean): void;
  /** The next bytes or message; null after the end. */
  read(): Promise<Uint8Array | null>;
  /** Gives up: what waits is dropped, readers get `error`. */
  fail(error: StreamError): void;
}
