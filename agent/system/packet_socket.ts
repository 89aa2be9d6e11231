/** Connections to unix sockets that keep packets whole (SOCK_SEQPACKET), which Deno doesn't know. */
import { EAGAIN } from "./errno.ts";
import { readiness } from "./readiness.ts";
import { syscall, syscallWaiting } from "./syscall.ts";
import { SystemError } from "./system_error.ts";

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Longer packets are cut; a socket's send buffer usually bounds them at some 200 KiB. */
const packetBytesMax = 256 << 10;
const receiveBuffer = new Uint8Array(packetBytesMax);

export class PacketSocket {
  readonly #fd: number;
  #open = true;
  /** A send on another thread: the descriptor must not be closed, and given to somebody else, under it. */
  #sending: Promise<unknown> = Promise.resolve();

  /** `path`: of a socket file, or an abstract name (a zero byte first). Throws `SystemError`. */
  constructor(path: Uint8Array) {
    this.#fd = syscall("socket", AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (this.#fd < 0) throw new SystemError("socket", -this.#fd);
    const address = Uint8Array.from([AF_UNIX, 0, ...path]);
    const result = syscall("connect", this.#fd, address, address.length);
    if (result === 0) return;
    syscall("close", this.#fd);
    throw new SystemError("connect", -result);
  }

  /** Sends one packet, waiting for the peer. Throws `SystemError`. */
  async send(packet: Uint8Array<ArrayBuffer>): Promise<void> {
    let result = syscall("sendto", this.#fd, packet, packet.length, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
    if (result === -EAGAIN) {
      const sending = syscallWaiting("sendto", this.#fd, packet, packet.length, MSG_NOSIGNAL, 0, 0);
      this.#sending = sending;
      result = await sending;
    }
    if (result < 0) throw new SystemError("send", -result);
  }

  /** The next packet (a copy); null at the peer's end, and once closed. Throws `SystemError`. */
  async receive(): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#open) {
      const length = syscall("recvfrom", this.#fd, receiveBuffer, receiveBuffer.length, MSG_DONTWAIT, 0, 0);
      if (length > 0) return receiveBuffer.slice(0, length);
      if (length === 0) return null;
      if (length !== -EAGAIN) throw new SystemError("receive", -length);
      await readiness.readable(this.#fd);
    }
    return null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    readiness.forget(this.#fd);
    this.#sending.finally(() => syscall("close", this.#fd));
  }
}
