/**
 * A program's connection to a name server, of whose questions some are answered here: DNS over TCP, where a message follows
 * its length.
 */
import { type Stream } from "../../../protocol/link/mod.ts";
import { type Connection, nothingYet } from "../../system/connection.ts";
import { Errno } from "../../system/errno.ts";
import { messageFrame, MessageFrames } from "./message_frames.ts";

/** The response to a query, null for one that stays without; or null for a question that the name server is to answer. */
export type AnswerQuestion = (query: Uint8Array) => Promise<Uint8Array | null> | null;

const readBytes = 16 << 10;
/** Filled between two awaits only. */
const shared = new Uint8Array(readBytes);

/**
 * Runs until both ends have ended, or one was reset: then the other is reset too. Never rejects. The connection is closed
 * afterwards. `stream`: to the name server; null when there is none, and every question is answered here.
 */
export async function relayQuestions(
  connection: Connection,
  stream: Stream | null,
  answer: AnswerQuestion,
): Promise<void> {
  const writer = new Writer(connection);
  try {
    const end = () => connection.endWriting();
    await Promise.all([
      upload(connection, stream, answer, writer),
      stream === null ? null : download(stream, writer).then(end),
    ]);
    connection.close();
  } catch {
    connection.reset();
    stream?.reset(Errno.ECONNRESET, "the program's connection has ended");
  }
}

/** Writes whole messages, one after the other, whoever has them. */
class Writer {
  #last: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(private readonly connection: Connection) {}

  /** `message` may come later, or be null: then nothing is written. */
  write(message: Promise<Uint8Array | null>): void {
    this.#last = Promise.all([this.#last, message])
      .then(([, bytes]) => bytes === null ? undefined : this.connection.write(messageFrame(bytes)))
      .catch((error) => {
        this.#failure ??= error;
      });
  }

  /** Everything is written; throws what has failed. */
  async idle(): Promise<void> {
    await this.#last;
    if (this.#failure !== null) throw this.#failure;
  }
}

async function upload(
  connection: Connection,
  stream: Stream | null,
  answer: AnswerQuestion,
  writer: Writer,
): Promise<void> {
  const frames = new MessageFrames();
  for (;;) {
    const count = connection.tryRead(shared);
    if (count === nothingYet) {
      await connection.readable();
      continue;
    }
    if (count === 0) break;
    frames.add(shared.slice(0, count));
    for (let query; (query = frames.next()) !== null;) {
      const response = answer(query);
      if (response !== null) writer.write(response);
      else await stream?.write(messageFrame(query));
      // Who asks faster than it is answered waits.
      if (response !== null) await writer.idle();
    }
  }
  await writer.idle();
  await stream?.end();
}

async function download(stream: Stream, writer: Writer): Promise<void> {
  const frames = new MessageFrames();
  for (let bytes; (bytes = await stream.read()) !== null;) {
    frames.add(bytes);
    for (let response; (response = frames.next()) !== null;) {
      writer.write(Promise.resolve(response));
      await writer.idle();
    }
  }
}
