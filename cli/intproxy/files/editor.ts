/** A file that the agent has open for us to change: operations go out one after the other, and are answered in order. */
import type { Infer } from "../../../protocol/schema.ts";
import { FileOperation, FileResult } from "../../../protocol/agent/messages.ts";
import { readMessage, type Stream, StreamError } from "../../../protocol/link/mod.ts";
import { writeMessage } from "../../../protocol/link/message.ts";
import { Errno } from "../../system/errno.ts";
import { errnoOf } from "../errno_of.ts";
import type { Stat } from "../table.ts";

export type Operation = Infer<typeof FileOperation>;
type Result = Infer<typeof FileResult>;

const readBytes = 512 * 1024;
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
    if ("done" in result) return result.done.stat;
    return "failed" in result ? result.failed.errno : Errno.EPROTO;
  }

  /** What the operation asks for, or an errno. */
  async ask(operation: Operation): Promise<Uint8Array | number> {
    const result = await this.#exchange(operation);
    if (typeof result === "number") return result;
    if ("bytes" in result) return result.bytes.bytes;
    return "failed" in result ? result.failed.errno : Errno.EPROTO;
  }

  /** The content between two offsets. Throws the errno as `StreamError`. */
  async *content(from: number, size: number): AsyncGenerator<Uint8Array> {
    const ahead: Promise<Result | number>[] = [];
    for (let asked = from, got = from; got < size;) {
      for (; ahead.length < readsAhead && asked < size; asked += readBytes) {
        ahead.push(this.#exchange({ read: { offset: BigInt(asked), length: Math.min(readBytes, size - asked) } }));
      }
      const result = await ahead.shift()!;
      if (typeof result === "number") throw failed(result);
      if (!("bytes" in result)) throw failed("failed" in result ? result.failed.errno : Errno.EPROTO);
      // It was cut at the target meanwhile.
      if (result.bytes.bytes.length === 0) return;
      got += result.bytes.bytes.length;
      if (result.bytes.bytes.length < readBytes && got < size) {
        while (ahead.length > 0) await ahead.shift();
        asked = got;
      }
      yield result.bytes.bytes;
    }
  }

  close(): void {
    this.isBroken = true;
    this.#answered.then(() => this.#stream.end()).catch(() => this.#stream.reset(0));
    this.#stream.closed.catch(() => {});
  }

  #exchange(operation: Operation): Promise<Result | number> {
    const sent = this.#sent.then(() => writeMessage(this.#stream, FileOperation, operation));
    this.#sent = sent;
    const answered = this.#answered.then(async () => {
      await sent;
      return await readMessage(this.#stream, FileResult);
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

function failed(errno: number): StreamError {
  return new StreamError(errno, "the file cannot be read");
}
