import { StreamError } from "./errors.ts";

interface Waiter {
  resolve(bytes: Uint8Array | null): void;
  reject(error: Error): void;
}

const none: Uint8Array[] = [];
const empty = new Uint8Array();
const ended = Promise.resolve(null);
const compactAt = 64;

/** What came for a stream and was not read yet: in order, with one reader waiting at most. Idle ones cost little. */
export class Inbox {
  #queue = none;
  #first = 0;
  #waiter: Waiter | null = null;
  /** Set at the end (null is read from then on) or by an error. */
  #over: StreamError | true | null = null;

  protected get isDrained(): boolean {
    return this.#first === this.#queue.length;
  }

  /** Hands the bytes to the waiting reader (true), or keeps them. */
  protected put(bytes: Uint8Array): boolean {
    const waiter = this.#waiter;
    if (waiter !== null) {
      this.#waiter = null;
      waiter.resolve(bytes);
      return true;
    }
    if (this.#queue === none) this.#queue = [bytes];
    else this.#queue.push(bytes);
    return false;
  }

  protected putFirst(bytes: Uint8Array): void {
    this.#queue = [bytes, ...this.#queue.slice(this.#first)];
    this.#first = 0;
  }

  /** The first of what was kept. */
  protected take(): Uint8Array | undefined {
    const bytes = this.#queue[this.#first];
    if (bytes === undefined) return undefined;
    this.#queue[this.#first++] = empty;
    if (this.#first === this.#queue.length) {
      this.#queue = none;
      this.#first = 0;
    } else if (this.#first === compactAt) {
      this.#queue.splice(0, compactAt);
      this.#first = 0;
    }
    return bytes;
  }

  /** A reader that waits for what comes; the end and errors are told at once. */
  protected wait(): Promise<Uint8Array | null> {
    if (this.#over === true) return ended;
    if (this.#over !== null) return Promise.reject(this.#over);
    if (this.#waiter !== null) return Promise.reject(new Error("Another read of this stream is waiting"));
    return new Promise((resolve, reject) => this.#waiter = { resolve, reject });
  }

  /** Nothing more will come; what was kept can still be read. */
  protected finishInbox(): void {
    this.#over = true;
    this.#waiter?.resolve(null);
    this.#waiter = null;
  }

  /** Drops what was kept. */
  protected failInbox(error: StreamError): void {
    this.#over = error;
    this.#queue = none;
    this.#first = 0;
    this.#waiter?.reject(error);
    this.#waiter = null;
  }
}
