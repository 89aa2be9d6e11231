/** Operations on their way to an open file of the target: several at once, and the first error is remembered. */
import type { Stat } from "../table.ts";
import type { Editor, Operation } from "./editor.ts";

const operationsAhead = 8;

export class Sending {
  readonly #editor: Editor;
  readonly #results: Promise<void>[] = [];
  #errno = 0;
  #stat: Stat | null = null;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  /** `onFailed`: the target does not have it. After an error nothing more is sent. */
  async send(operation: Operation, onFailed: () => void): Promise<void> {
    if (this.#errno !== 0) return onFailed();
    this.#results.push(
      this.#editor.perform(operation).then((result) => {
        if (typeof result !== "number") {
          this.#stat = result;
          return;
        }
        onFailed();
        this.#errno ||= result;
      }),
    );
    if (this.#results.length >= operationsAhead) await this.#results.shift();
  }

  /** When all are answered: 0 or an errno, and the file's metadata afterwards if any of them was done. */
  async end(): Promise<{ errno: number; stat: Stat | null }> {
    await Promise.all(this.#results);
    return { errno: this.#errno, stat: this.#stat };
  }
}
