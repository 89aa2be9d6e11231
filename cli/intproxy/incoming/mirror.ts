/** Plays a copy of a connection to the program: what it answers goes nowhere. */
import type { Stream } from "../../../protocol/link/mod.ts";
import { type Connection, nothingYet } from "../../system/connection.ts";
import type { Log } from "../log.ts";

/** What waits for one late program connection, and for all of them; a copy that would exceed either is broken off. */
const spoolBytesMax = 4 << 20;
const allSpoolsBytesMax = 16 << 20;

/** After the client's end the program may still be busy with its answer. */
const lingerMs = 1000;

let allSpooledBytes = 0;
const discarded = new Uint8Array(64 << 10);

/** Resolves when the connection is over and closed. Never rejects. */
export async function replay(stream: Stream, connection: Connection, log: Log): Promise<void> {
  const spool = new Spool();
  const answers = discardAnswers(connection);
  try {
    await Promise.all([fill(spool, stream), drain(spool, connection)]);
    connection.endWriting();
    await answers.silence(lingerMs);
    connection.close();
  } catch (error) {
    log.debug(`a mirrored connection was broken off: ${error}`);
    connection.reset();
  } finally {
    spool.clear();
    stream.reset(0);
  }
}

/** Bytes on their way from the agent, which cannot be asked to wait, to the program, which may be late. */
class Spool {
  #messages: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | null = null;

  /** False when there is no room. */
  put(message: Uint8Array): boolean {
    if (this.#bytes + message.length > spoolBytesMax || allSpooledBytes + message.length > allSpoolsBytesMax) {
      return false;
    }
    this.#messages.push(message);
    this.#count(message.length);
    this.#wake?.();
    return true;
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The oldest message; null at the end. It counts as taken with the next call. */
  async take(): Promise<Uint8Array | null> {
    while (this.#messages.length === 0) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const message = this.#messages.shift()!;
    this.#count(-message.length);
    return message;
  }

  clear(): void {
    this.#messages = [];
    this.#count(-this.#bytes);
    this.end();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    allSpooledBytes += bytes;
  }
}

async function fill(spool: Spool, stream: Stream): Promise<void> {
  try {
    for (let message; (message = await stream.receive()) !== null;) {
      if (stream.dropped > 0) throw new Error("bytes of it were lost on the way");
      if (!spool.put(message)) throw new Error("the program is too late");
    }
  } finally {
    spool.end();
  }
}

async function drain(spool: Spool, connection: Connection): Promise<void> {
  for (let message; (message = await spool.take()) !== null;) {
    await connection.write(message as Uint8Array<ArrayBuffer>);
  }
}

/** Reads the program's answers away until it ends them. */
function discardAnswers(connection: Connection): { silence(ms: number): Promise<void> } {
  let lastMs = performance.now();
  let isOver = false;
  const reading = (async () => {
    try {
      for (let count; (count = connection.tryRead(discarded)) !== 0;) {
        if (count === nothingYet) await connection.readable();
        else lastMs = performance.now();
      }
    } catch {
      // The program has reset the connection.
    }
    isOver = true;
  })();
  return {
    /** Resolves when the program has ended, or said nothing for so long. */
    async silence(ms: number) {
      while (!isOver) {
        const restMs = lastMs + ms - performance.now();
        if (restMs <= 0) return;
        let timer;
        await Promise.race([reading, new Promise((resolve) => timer = setTimeout(resolve, restMs))]);
        clearTimeout(timer);
      }
    },
  };
}
