/** A connected raw socket, read and written without ever blocking the thread. */
import { Errno } from "./errno.ts";
import { errno, libc, SystemError } from "./libc.ts";
import type { Poller, Watch } from "./poller.ts";
import { resetOnClose, takeError } from "./socket.ts";

const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
const SHUT_WR = 1;

/** `Connection.tryRead` found nothing yet. */
export const nothingYet = -1;

/** Owns a descriptor and its watch. */
export class Connection {
  readonly fd: number;
  readonly #watch: Watch;
  #closed = false;

  constructor(fd: number, poller: Poller) {
    this.fd = fd;
    this.#watch = poller.watch(fd);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Waits for a connect() in progress: 0, or the errno of its failure. */
  async connected(): Promise<number> {
    await this.#watch.writable();
    return this.#closed ? Errno.ECONNABORTED : takeError(this.fd);
  }

  /** Bytes read into `buffer`, 0 at the peer's end, or `nothingYet`. Throws `SystemError` (a reset connection). */
  tryRead(buffer: Uint8Array<ArrayBuffer>): number {
    if (this.#closed) return 0;
    const count = libc.recv(this.fd, buffer, BigInt(buffer.length), MSG_DONTWAIT_NOSIGNAL);
    if (count >= 0) return count;
    const code = errno();
    if (code === Errno.EAGAIN || code === Errno.EINTR) return nothingYet;
    throw new SystemError("recv", code);
  }

  /** Resolves when `tryRead` is worth another call. */
  readable(): Promise<void> {
    return this.#watch.readable();
  }

  /** Writes all of `bytes`, waiting for the peer. Throws `SystemError`. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const count = this.tryWrite(rest);
      if (count === nothingYet) await this.#watch.writable();
      else if (count === rest.length) return;
      else rest = rest.subarray(count);
    }
  }

  /** Bytes taken by the kernel, or `nothingYet`. One datagram is taken whole. Throws `SystemError`. */
  tryWrite(bytes: Uint8Array<ArrayBuffer>): number {
    if (this.#closed) throw new SystemError("send", Errno.EPIPE);
    const count = libc.send(this.fd, bytes, BigInt(bytes.length), MSG_DONTWAIT_NOSIGNAL);
    if (count >= 0) return count;
    const code = errno();
    if (code === Errno.EAGAIN || code === Errno.EINTR) return nothingYet;
    throw new SystemError("send", code);
  }

  /** Nothing more will be written; the peer may still send. */
  endWriting(): void {
    if (!this.#closed) libc.shutdown(this.fd, SHUT_WR);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    libc.close(this.fd);
  }

  /** Closes so that the peer sees ECONNRESET. */
  reset(): void {
    if (!this.#closed) resetOnClose(this.fd);
    this.close();
  }
}
