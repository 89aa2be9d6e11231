/** Takes the kernel's messages about a file system of ours, in their order, and answers each when its answer is there. */
import { isBeingKilled } from "../../../system/process_stat.ts";
import type { FuseDevice } from "../../../system/fuse_device.ts";
import { Errno } from "../../../system/errno.ts";
import { errnoOf } from "../../errno_of.ts";
import { type Message, mostBytes, Opcode, outHeaderBytes, parseMessage } from "./fuse_messages.ts";

/** Everything else has its turn after so many messages. */
const turnMessages = 32;
/** How often it is looked whether who waits for an answer is being killed. */
const lookMs = 100;

/** The answer's body in pieces; an errno; null: the kernel wants none. Rejects with an error that holds an errno. */
export type Reply = Uint8Array[] | number | null;

export type Answer = (message: Message) => Reply | Promise<Reply>;

export class FuseServer {
  readonly #device: FuseDevice;
  readonly #answer: Answer;
  /** Threads that wait for an answer, by its number; only of those that take a while. */
  readonly #waiting = new Map<bigint, number>();
  /** Of those, who was interrupted. */
  readonly #interrupted = new Set<bigint>();
  #timer: ReturnType<typeof setInterval> | null = null;
  readonly #reply = new Uint8Array(outHeaderBytes + mostBytes);
  readonly #incoming = new Uint8Array(mostBytes + 4096);

  constructor(device: FuseDevice, answer: Answer) {
    this.#device = device;
    this.#answer = answer;
  }

  /** Serves until the device is closed. */
  async run(): Promise<void> {
    for (;;) {
      await this.#device.readable();
      for (let count = 1;; count++) {
        const length = this.#device.take(this.#incoming);
        if (length < 0) return this.#stop();
        if (length === 0) break;
        this.#serve(parseMessage(this.#incoming.buffer, length));
        if (count % turnMessages === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    }
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #serve(message: Message): void {
    const { opcode, unique, thread } = message;
    if (opcode === Opcode.interrupt) return this.#interrupt(message.view.getBigUint64(0, true));
    try {
      const reply = this.#answer(message);
      if (!(reply instanceof Promise)) return this.#say(unique, reply);
      this.#waiting.set(unique, thread);
      reply.then(
        (reply) => this.#sayOnce(unique, reply),
        (error) => this.#sayOnce(unique, errnoOf(error)),
      );
    } catch (error) {
      this.#say(unique, errnoOf(error));
    }
  }

  #sayOnce(unique: bigint, reply: Reply): void {
    this.#interrupted.delete(unique);
    if (this.#waiting.delete(unique)) this.#say(unique, reply);
  }

  #say(unique: bigint, reply: Reply): void {
    if (reply === null) return;
    const errno = typeof reply === "number" ? reply : 0;
    let length = outHeaderBytes;
    for (const piece of typeof reply === "number" ? [] : reply) {
      this.#reply.set(piece, length);
      length += piece.length;
    }
    const header = new DataView(this.#reply.buffer);
    header.setUint32(0, length, true);
    header.setInt32(4, -errno, true);
    header.setBigUint64(8, unique, true);
    this.#device.answer(this.#reply.subarray(0, length));
  }

  /**
   * A signal has come to who waits. Files don't know EINTR, so it waits on, as for a disk; but who is killed must not wait
   * for a tunnel, and the kernel does not say which it is.
   */
  #interrupt(unique: bigint): void {
    if (!this.#waiting.has(unique)) return;
    this.#interrupted.add(unique);
    this.#timer ??= setInterval(() => this.#letKilledGo(), lookMs);
    this.#letKilledGo();
  }

  #letKilledGo(): void {
    for (const unique of this.#interrupted) {
      if (isBeingKilled(this.#waiting.get(unique)!)) this.#sayOnce(unique, Errno.EINTR);
    }
    if (this.#interrupted.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
