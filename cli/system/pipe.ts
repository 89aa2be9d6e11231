/** Pipes whose other end is another process's, which is handed it. */
import { Errno } from "./errno.ts";
import { check, errno, libc, SystemError } from "./libc.ts";
import { type Descriptor, openToHandOver } from "./open_again.ts";
import type { Poller, Watch } from "./poller.ts";

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const readBytes = 64 * 1024;

function createPipe(): [reader: number, writer: number] {
  const ends = new Int32Array(2);
  check("pipe2", libc.pipe2(new Uint8Array(ends.buffer), O_NONBLOCK | O_CLOEXEC));
  return [ends[0]!, ends[1]!];
}

export class OutgoingPipe {
  readonly #writer: number;
  readonly #watch: Watch;

  private constructor(writer: number, poller: Poller) {
    this.#writer = writer;
    this.#watch = poller.watch(writer);
  }

  /** `reader`: the other process's end with its flags of open(2), to be handed on. Throws `SystemError`. */
  static create(poller: Poller, flags: number): { pipe: OutgoingPipe; reader: Descriptor } {
    const [reader, writer] = createPipe();
    try {
      return { reader: openToHandOver(reader, flags), pipe: new OutgoingPipe(writer, poller) };
    } catch (error) {
      libc.close(writer);
      throw error;
    } finally {
      libc.close(reader);
    }
  }

  /** Waits while it is full. Throws `SystemError`: `EPIPE` when nobody reads any more. */
  async write(bytes: Uint8Array): Promise<void> {
    const content = bytes as Uint8Array<ArrayBuffer>;
    for (let done = 0; done < content.length;) {
      const rest = content.subarray(done);
      const count = libc.write(this.#writer, rest, BigInt(rest.length));
      if (count >= 0) done += count;
      else if (errno() === Errno.EAGAIN) await this.#watch.writable();
      else throw new SystemError("write", errno());
    }
  }

  /** No more is written. */
  end(): void {
    this.#watch.close();
    libc.close(this.#writer);
  }
}

export class IncomingPipe {
  readonly #reader: number;
  readonly #watch: Watch;

  private constructor(reader: number, poller: Poller) {
    this.#reader = reader;
    this.#watch = poller.watch(reader);
  }

  /** `writer`: the other process's end with its flags of open(2), to be handed on. Throws `SystemError`. */
  static create(poller: Poller, flags: number): { pipe: IncomingPipe; writer: Descriptor } {
    const [reader, writer] = createPipe();
    try {
      return { writer: openToHandOver(writer, flags), pipe: new IncomingPipe(reader, poller) };
    } catch (error) {
      libc.close(reader);
      throw error;
    } finally {
      libc.close(writer);
    }
  }

  /** Null when nobody can write any more. Throws `SystemError`. */
  async read(): Promise<Uint8Array | null> {
    const buffer = new Uint8Array(readBytes);
    for (;;) {
      const count = libc.read(this.#reader, buffer, BigInt(readBytes));
      if (count >= 0) return count === 0 ? null : buffer.subarray(0, count);
      if (errno() !== Errno.EAGAIN) throw new SystemError("read", errno());
      await this.#watch.readable();
    }
  }

  /** Who writes now gets EPIPE. */
  end(): void {
    this.#watch.close();
    libc.close(this.#reader);
  }
}
