/** A file that the agent has open for us to change: operations go out one after the other, and are answered in order. */
import type { Infer } from "../../../protocol/schema.ts";
import { FileOperation, FileResult } from "../../../protocol/agent/messages.ts";
import { readMessage, readParts, type Stream, StreamError } from "../../../protocol/link/mod.ts";
import { writeMessage } from "../../../protocol/link/message.ts";
import { Errno } from "../../system/errno.ts";
import { errnoOf } from "../errno_of.ts";
import type { Stat } from "../table.ts";

export type Operation = Infer<typeof FileOperation>;
type Result = Infer<typeof FileResult>;

/** The agent reads no more at once. */
export const largestReadBytes = 512 * 1024;
const readsAhead = 6;

export class Editor {
  readonly #stream: Stream;
  #sent: Promise<void> = Promise.resolve();
  #answered: Promise<unknown> = Promise.resolve();
  /** The stream is gone: nothing more can be done through this one. */
  isBroken = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** The file's metadata afterwards, or an errno. */
  async perform(operation: Operation): Promise<Stat | number> {
    const result = await this.#exchange(operation);
    if (typeof result === "number") return result;
    if (Array.isArray(result)) return Errno.EPROTO;
    if ("done" in result) return result.done.stat;
    return "failed" in result ? result.failed.errno : Errno.EPROTO;
  }

  /** What the operation asks for, or an errno. */
  async ask(operation: Operation): Promise<Uint8Array | number> {
    const result = await this.#exchange(operation);
    if (typeof result === "number") return result;
    if (Array.isArray(result)) return Errno.EPROTO;
    if ("bytes" in result) return result.bytes.bytes;
    return "failed" in result ? result.failed.errno : Errno.EPROTO;
  }

  /** The bytes at `offset`: fewer than asked for only at the end of the file. Or an errno. */
  async read(offset: number, length: number): Promise<Uint8Array[] | number> {
    const result = await this.#exchange({ read: { offset: BigInt(offset), length } });
    if (Array.isArray(result)) return result;
    return typeof result !== "number" && "failed" in result ? result.failed.errno : Errno.EPROTO;
  }

  /** The content between two offsets. Throws the errno as `StreamError`. */
  async *content(from: number, size: number): AsyncGenerator<Uint8Array> {
    const ahead: Promise<Uint8Array[] | number>[] = [];
    for (let asked = from, got = from; got < size;) {
      for (; ahead.length < readsAhead && asked < size; asked += largestReadBytes) {
        ahead.push(this.read(asked, Math.min(largestReadBytes, size - asked)));
      }
      const parts = await ahead.shift()!;
      if (typeof parts === "number") throw new StreamError(parts, "the file cannot be read");
      got += lengthOf(parts);
      yield* parts;
      // It was cut at the target meanwhile.
      if (got < size && got < asked - ahead.length * largestReadBytes) return;
    }
  }

  close(): void {
    this.isBroken = true;
    this.#answered.then(() => this.#stream.end()).catch(() => this.#stream.reset(0));
    this.#stream.closed.catch(() => {});
  }

  #exchange(operation: Operation): Promise<Result | Uint8Array[] | number> {
    const sent = this.#sent.then(() => writeMessage(this.#stream, FileOperation, operation));
    this.#sent = sent;
    const answered = this.#answered.then(async () => {
      await sent;
      const result = await readMessage(this.#stream, FileResult);
      return "content" in result ? await readParts(this.#stream, result.content.length) : result;
    });
    // Whoever comes later fails by himself.
    this.#answered = answered.catch(() => {});
    this.#sent.catch(() => {});
    return answered.catch((error) => {
      this.isBroken = true;
      return errnoOf(error);
    });
  }
}

export function lengthOf(parts: Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
