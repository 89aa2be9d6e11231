/** What programs have written to a large file and the target has not confirmed yet; it goes out at once and in order. */
import { Errno } from "../../../system/errno.ts";
import type { Stat } from "../../table.ts";
import type { Operation } from "../editor.ts";
import type { Source } from "./source.ts";

/** So much may be on its way before a writer waits. */
const unansweredBytesMax = 4 << 20;

export class Outbox {
  readonly #source: Source;
  readonly #unanswered = new Set<Promise<void>>();
  #bytes = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  get isEmpty(): boolean {
    return this.#unanswered.size === 0;
  }

  /** `onAnswered` gets the file's metadata afterwards, or an errno. */
  send(operation: Operation, length: number, onAnswered: (result: Stat | number) => void): void {
    this.#bytes += length;
    const answered = this.#perform(operation).then((result) => {
      this.#bytes -= length;
      this.#unanswered.delete(answered);
      onAnswered(result);
    });
    this.#unanswered.add(answered);
  }

  /** Resolves when a writer may go on. */
  async room(): Promise<void> {
    while (this.#bytes > unansweredBytesMax) await Promise.race(this.#unanswered);
  }

  /** Resolves when everything is answered. */
  async empty(): Promise<void> {
    while (!this.isEmpty) await Promise.all(this.#unanswered);
  }

  async #perform(operation: Operation): Promise<Stat | number> {
    const editor = this.#source.editor;
    const result = await editor?.perform(operation) ?? Errno.EBADF;
    // Of what was appended nobody said whether it arrived.
    const isRepeatable = !("append" in operation) && editor?.isBroken;
    if (typeof result !== "number" || !isRepeatable || !await this.#source.renew(editor)) return result;
    return await this.#source.editor?.perform(operation) ?? result;
  }
}
