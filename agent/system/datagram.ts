/** Connected UDP sockets: unlike Deno's they learn that a peer refuses, and which local address they speak from. */
import { EAGAIN } from "./errno.ts";
import { readiness } from "./readiness.ts";
import { syscall } from "./syscall.ts";
import {
  AF_INET,
  AF_INET6,
  decodeSockaddr,
  encodeSockaddr,
  type InternetAddress,
  SOCKADDR_BYTES,
} from "./socket_address.ts";
import { SystemError } from "./system_error.ts";

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** No datagram is larger. All sockets share the buffer: receiving is synchronous. */
const receiveBuffer = new Uint8Array(65536);

export class DatagramSocket {
  readonly #fd: number;
  readonly local: InternetAddress;
  #open = true;

  /** Throws `SystemError`: no route, no such address family. */
  constructor(readonly peer: InternetAddress) {
    const family = "v4" in peer ? AF_INET : AF_INET6;
    this.#fd = syscall("socket", family, SOCK_DGRAM | SOCK_NONBLOCK_CLOEXEC, 0);
    if (this.#fd < 0) throw new SystemError("socket", -this.#fd);
    const address = encodeSockaddr(peer);
    const result = syscall("connect", this.#fd, address, address.length);
    if (result < 0) {
      syscall("close", this.#fd);
      throw new SystemError("connect", -result);
    }
    const name = new Uint8Array(SOCKADDR_BYTES);
    syscall("getsockname", this.#fd, name, new Uint8Array(Uint32Array.of(name.length).buffer));
    this.local = decodeSockaddr(name)!;
  }

  /** Sends one datagram. 0, or an errno: `EAGAIN` when it was dropped because the queue is full. */
  send(datagram: Uint8Array<ArrayBuffer>): number {
    if (!this.#open) return 0;
    const result = syscall("sendto", this.#fd, datagram, datagram.length, MSG_NOSIGNAL, 0, 0);
    return result < 0 ? -result : 0;
  }

  /** The next datagram (a copy); an errno that the network reported (such as a refusal); null once closed. */
  async receive(): Promise<Uint8Array<ArrayBuffer> | number | null> {
    while (this.#open) {
      const length = syscall("recvfrom", this.#fd, receiveBuffer, receiveBuffer.length, 0, 0, 0);
      if (length >= 0) return receiveBuffer.slice(0, length);
      if (length !== -EAGAIN) return -length;
      await readiness.readable(this.#fd);
    }
    return null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    readiness.forget(this.#fd);
    syscall("close", this.#fd);
  }
}
