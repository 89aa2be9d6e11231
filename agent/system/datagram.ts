/**
 * UDP sockets. Connected ones, unlike Deno's, learn that a peer refuses, and which local address they speak from; free ones
 * speak with anybody, and are bound to no port of the target's before they do.
 */
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

/** A datagram and who sent it. */
export interface ReceivedDatagram {
  peer: InternetAddress;
  /** A copy. */
  payload: Uint8Array<ArrayBuffer>;
}

export class FreeDatagramSocket {
  readonly #fd: number;
  #open = true;

  /** Throws `SystemError` when there is no such address family. */
  constructor(family: typeof AF_INET | typeof AF_INET6) {
    this.#fd = syscall("socket", family, SOCK_DGRAM | SOCK_NONBLOCK_CLOEXEC, 0);
    if (this.#fd < 0) throw new SystemError("socket", -this.#fd);
  }

  /** Sends one datagram. 0, or an errno: `EAGAIN` when it was dropped because the queue is full. */
  send(payload: Uint8Array<ArrayBuffer>, peer: InternetAddress): number {
    if (!this.#open) return 0;
    const address = encodeSockaddr(peer);
    const result = syscall("sendto", this.#fd, payload, payload.length, MSG_NOSIGNAL, address, address.length);
    return result < 0 ? -result : 0;
  }

  /** The next datagram; null once closed. */
  async receive(): Promise<ReceivedDatagram | null> {
    const name = new Uint8Array(SOCKADDR_BYTES);
    const room = new Uint8Array(4);
    while (this.#open) {
      new DataView(room.buffer).setUint32(0, name.length, true);
      const length = syscall("recvfrom", this.#fd, receiveBuffer, receiveBuffer.length, 0, name, room);
      const peer = length >= 0 ? decodeSockaddr(name) : null;
      if (peer !== null && peer !== undefined) return { peer, payload: receiveBuffer.slice(0, length) };
      if (length === -EAGAIN) await readiness.readable(this.#fd);
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
