/** Where a large file's content comes from: the stream on which the agent has it open, another one after a restart. */
import { Errno } from "../../../system/errno.ts";
import { StreamError } from "../../../../protocol/link/mod.ts";
import { type Editor, largestReadBytes, lengthOf } from "../editor.ts";

export class Source {
  #editor: Editor | null = null;
  readonly #reopen: () => Promise<boolean>;
  #reopening: Promise<boolean> | null = null;

  /** `reopen` calls `replace`; false if the file is gone. */
  constructor(reopen: () => Promise<boolean>) {
    this.#reopen = reopen;
  }

  /** Null before the first, and after the end. */
  get editor(): Editor | null {
    return this.#editor;
  }

  /** Goes on through another stream. */
  replace(editor: Editor | null): void {
    this.#editor?.close();
    this.#editor = editor;
  }

  /** The bytes at `offset`; fewer only at the end of the file. Throws the errno as `StreamError`. */
  async read(offset: number, length: number): Promise<Uint8Array[]> {
    const content: Uint8Array[] = [];
    let end = offset;
    for (let isWhole = true; isWhole && end < offset + length;) {
      const [from, wanted] = [end, Math.min(offset + length - end, largestReadBytes)];
      const parts = await this.ask((editor) => editor.read(from, wanted));
      content.push(...parts);
      end += lengthOf(parts);
      isWhole = end === from + wanted;
    }
    return content;
  }

  /** Asks again when the agent was restarted. Throws the errno as `StreamError`. */
  async ask<T>(question: (editor: Editor) => Promise<T | number>): Promise<T> {
    for (;;) {
      const editor = this.#editor;
      if (editor === null) throw new StreamError(Errno.EIO, "the file is closed");
      const result = await question(editor);
      if (typeof result !== "number") return result;
      if (!editor.isBroken || !await this.renew(editor)) throw new StreamError(result, "the file cannot be read");
    }
  }

  /** Whether there is another stream in place of one that is broken. */
  async renew(broken: Editor): Promise<boolean> {
    if (this.#editor !== broken) return this.#editor !== null;
    this.#reopening ??= this.#reopen().finally(() => this.#reopening = null);
    return await this.#reopening;
  }
}
