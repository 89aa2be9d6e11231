/** What has no content but goes on and on (FIFOs, devices): a program has the end of a pipe, and we bring what passes. */
import type { Stream } from "../../../protocol/link/mod.ts";
import { StreamCode } from "../../../protocol/link/mod.ts";
import { IncomingPipe, OutgoingPipe } from "../../system/pipe.ts";
import { SystemError } from "../../system/libc.ts";
import type { Descriptor } from "../../system/open_again.ts";
import type { Poller } from "../../system/poller.ts";
import type { Log } from "../log.ts";
import type { Stat } from "../table.ts";
import { Editor } from "./editor.ts";

const typeMask = 0o170000;
const characterDevice = 0o020000, fifo = 0o010000;
/** A reader that does not read holds a session's end up no longer. */
const lastWordsMs = 3000;

export function isEndless(stat: Stat): boolean {
  return (stat.mode & typeMask) === characterDevice || (stat.mode & typeMask) === fifo;
}

export interface PipesOptions {
  poller: Poller;
  log: Log;
  /** Something the user must know. */
  warn(text: string): void;
}

export class Pipes {
  readonly #options: PipesOptions;
  readonly #outward = new Set<Promise<void>>();

  constructor(options: PipesOptions) {
    this.#options = options;
  }

  /** A program reads: its end, opened with its flags, to be handed to it. Throws `SystemError`. */
  reading(stream: Stream, flags: number): Descriptor {
    const { poller, log } = this.#options;
    const { pipe, reader } = OutgoingPipe.create(poller, flags);
    void bring(stream, pipe).catch((error) => {
      stream.reset(StreamCode.cancelled);
      log.debug(`a pipe's reader is gone: ${error}`);
    });
    return reader;
  }

  /** A program writes: its end, once somebody reads at the target. Rejects with `SystemError`. */
  async writing(stream: Stream, flags: number): Promise<Descriptor> {
    const { poller, log } = this.#options;
    const editor = new Editor(stream);
    try {
      const known = await editor.perform({ stat: {} });
      if (typeof known === "number") throw new SystemError("open", known);
      const { pipe, writer } = IncomingPipe.create(poller, flags);
      const outward = take(pipe, editor).catch((error) => log.debug(`a pipe to the target is gone: ${error}`));
      this.#outward.add(outward);
      void outward.then(() => this.#outward.delete(outward));
      return writer;
    } catch (error) {
      editor.close();
      throw error;
    }
  }

  /** Waits, but not for long, until what was written is at the target. */
  async close(): Promise<void> {
    if (this.#outward.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, lastWordsMs);
    await Promise.race([promise, Promise.all(this.#outward)]);
    clearTimeout(timer);
    if (this.#outward.size > 0) this.#options.warn("what was written to a pipe of the target was not read to its end");
  }
}

async function bring(stream: Stream, pipe: OutgoingPipe): Promise<void> {
  try {
    for (let bytes; (bytes = await stream.read()) !== null;) await pipe.write(bytes);
    await stream.end();
  } finally {
    pipe.end();
  }
}

/** Each part waits for the answer to the one before: a reader that is slow slows the writer down. */
async function take(pipe: IncomingPipe, editor: Editor): Promise<void> {
  try {
    for (let bytes; (bytes = await pipe.read()) !== null;) {
      const result = await editor.perform({ append: { bytes } });
      if (typeof result === "number") throw new SystemError("write", result);
    }
  } finally {
    pipe.end();
    editor.close();
  }
}
