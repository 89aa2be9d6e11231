/** A pipe whose reader is another process of this user, which opens it through /proc. */
import { Errno } from "./errno.ts";
import { check, errno, libc, SystemError } from "./libc.ts";
import type { Poller, Watch } from "./poller.ts";

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

export class OutgoingPipe {
  readonly #reader: number;
  readonly #writer: number;
  readonly #watch: Watch;
  #isShut = false;

  /** Throws `SystemError`. */
  constructor(poller: Poller) {
    const ends = new Int32Array(2);
    check("pipe2", libc.pipe2(new Uint8Array(ends.buffer), O_NONBLOCK | O_CLOEXEC));
    [this.#reader, this.#writer] = [ends[0]!, ends[1]!];
    this.#watch = poller.watch(this.#writer);
  }

  /** Where the other process opens it for reading. */
  get path(): string {
    return `/proc/${Deno.pid}/fd/${this.#reader}`;
  }

  /** Waits while it is full. Throws `SystemError`: `EPIPE` when nobody reads any more, after `shut`. */
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

  /** The other process has opened it, or never will: from now on only its own end counts. */
  shut(): void {
    if (this.#isShut) return;
    this.#isShut = true;
    libc.close(this.#reader);
  }

  /** No more is written. */
  end(): void {
    this.#watch.close();
    libc.close(this.#writer);
  }
}
