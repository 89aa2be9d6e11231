/**
 * One UDP socket that speaks as each address of a network of the loopback device, 127.109.0.0/16: which address a datagram
 * came to is read from its control message, and which one it leaves from is said by one.
 */
import { decodeSockaddr, encodeSockaddr, portOf, type SocketAddress } from "./address.ts";
import { libc } from "./libc.ts";
import type { Poller, Watch } from "./poller.ts";
import {
  bindSocket,
  bindToLoopback,
  localAddress,
  openSocket,
  SOCK_DGRAM,
  tellDestination,
  withSocket,
} from "./socket.ts";

/** The first two bytes of its addresses. The layer knows them (`layer/core/datagrams.zig`). */
const networkPrefix = [127, 109];
/** How many addresses there are. */
export const networkSize = 1 << 16;

const datagramBytesMax = 65_535;
const headerBytes = 56;
const controlBytes = 32;
const packetInfoLength = 28n;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;

/** The address of the network with this number, from 0 to `networkSize` − 1. */
export function networkAddress(index: number, port: number): SocketAddress {
  return { v4: { address: new Uint8Array([...networkPrefix, index >> 8, index & 0xff]), port } };
}

/** A datagram that came to the address with this number. `payload` is valid until the next one is received. */
export interface LoopbackDatagram {
  index: number;
  from: SocketAddress;
  payload: Uint8Array<ArrayBuffer>;
}

export class LoopbackNetwork {
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #port: number;
  readonly #message = new Message();
  #closed = false;

  /** Throws `SystemError`. */
  constructor(poller: Poller) {
    const any: SocketAddress = { v4: { address: new Uint8Array(4), port: 0 } };
    this.#fd = openSocket(any, SOCK_DGRAM);
    this.#watch = withSocket(this.#fd, () => {
      bindToLoopback(this.#fd);
      tellDestination(this.#fd);
      bindSocket(this.#fd, any);
      return poller.watch(this.#fd);
    });
    this.#port = portOf(localAddress(this.#fd));
  }

  /** The address with this number. */
  address(index: number): SocketAddress {
    return networkAddress(index, this.#port);
  }

  /** The next datagram to an address of the network; null when none is there. */
  receive(): LoopbackDatagram | null {
    while (!this.#closed) {
      const length = libc.recvmsg(this.#fd, this.#message.prepare(), MSG_DONTWAIT_NOSIGNAL);
      if (length < 0) return null;
      const datagram = this.#message.datagram(length);
      if (datagram !== null) return datagram;
    }
    return null;
  }

  /** Resolves when `receive` is worth another call. */
  readable(): Promise<void> {
    return this.#watch.readable();
  }

  /** Sends a datagram from the address with this number. What the receiver has no room for is lost. */
  send(index: number, to: SocketAddress, payload: Uint8Array): void {
    if (!this.#closed) libc.sendmsg(this.#fd, this.#message.outgoing(index, to, payload), MSG_DONTWAIT_NOSIGNAL);
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    libc.close(this.#fd);
  }
}

/** `struct msghdr` and all that it points to, used for one call at a time. */
class Message {
  readonly #header = new Uint8Array(headerBytes);
  readonly #name = new Uint8Array(16);
  readonly #control = new Uint8Array(controlBytes);
  readonly #payload = new Uint8Array(datagramBytesMax);
  readonly #part = new Uint8Array(16);

  constructor() {
    const header = new DataView(this.#header.buffer);
    header.setBigUint64(0, addressOf(this.#name), true);
    header.setBigUint64(16, addressOf(this.#part), true);
    header.setBigUint64(24, 1n, true);
    header.setBigUint64(32, addressOf(this.#control), true);
    new DataView(this.#part.buffer).setBigUint64(0, addressOf(this.#payload), true);
  }

  prepare(): Uint8Array<ArrayBuffer> {
    this.#setSizes(this.#name.length, datagramBytesMax);
    return this.#header;
  }

  /** Null when it did not come to the network. */
  datagram(length: number): LoopbackDatagram | null {
    const control = new DataView(this.#control.buffer);
    const isPacketInfo = new DataView(this.#header.buffer).getBigUint64(40, true) >= packetInfoLength &&
      control.getInt32(8, true) === IPPROTO_IP && control.getInt32(12, true) === IP_PKTINFO;
    const to = this.#control.subarray(24, 28);
    if (!isPacketInfo || networkPrefix.some((byte, index) => to[index] !== byte)) return null;
    const payload = this.#payload.subarray(0, length);
    return { index: (to[2]! << 8) | to[3]!, from: decodeSockaddr(this.#name), payload };
  }

  outgoing(index: number, to: SocketAddress, payload: Uint8Array): Uint8Array<ArrayBuffer> {
    const name = encodeSockaddr(to);
    this.#name.set(name);
    this.#payload.set(payload.subarray(0, datagramBytesMax));
    this.#control.fill(0);
    const control = new DataView(this.#control.buffer);
    control.setBigUint64(0, packetInfoLength, true);
    control.setInt32(8, IPPROTO_IP, true);
    control.setInt32(12, IP_PKTINFO, true);
    this.#control.set([...networkPrefix, index >> 8, index & 0xff], 20);
    this.#setSizes(name.length, Math.min(payload.length, datagramBytesMax));
    return this.#header;
  }

  #setSizes(nameLength: number, payloadLength: number): void {
    const header = new DataView(this.#header.buffer);
    header.setUint32(8, nameLength, true);
    header.setBigUint64(40, BigInt(controlBytes), true);
    header.setUint32(48, 0, true);
    new DataView(this.#part.buffer).setBigUint64(8, BigInt(payloadLength), true);
  }
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
