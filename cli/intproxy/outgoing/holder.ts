/**
 * Listeners that leave a connect() undecided: their queue is full, so the kernel drops every SYN, and whoever connects
 * stays in SYN_SENT. Needs no rights, where a packet filter on the listener would.
 */
import { Errno } from "../../system/errno.ts";
import {
  addressKey,
  isLoopback,
  isUnspecified,
  loopbackLike,
  loopbackV4,
  type SocketAddress,
  unmapped,
  withPort,
} from "../../system/address.ts";
import { SystemError } from "../../system/libc.ts";
import { mayTakeDescriptors } from "../../system/process_handle.ts";
import * as socket from "../../system/socket.ts";

/**
 * A shared listener is replaced after so many connections: pairs of its port and a program's port may not come again
 * within a minute (TIME_WAIT).
 */
const usesMax = 8192;
/** The kernel fills the queue within the connect() call, or soon after under load. */
const fillTimeoutMs = 20;

/** One listener, for one or many undecided connections. */
export class Holder {
  /** Where programs connect to, v4 or v6 (never v4-mapped). */
  readonly address: SocketAddress;
  /** An address of the same host that refuses connections as long as the holder is there. */
  readonly closedDoor: SocketAddress;
  readonly #listener: number;
  /** The connection that fills the queue; its own port is bound and not listened to. */
  readonly #filler: number;
  #users = 0;
  #uses = 0;
  #isRetired: boolean;

  /** `isShared`: it outlives its users until it is retired. Throws `SystemError`. */
  constructor(wanted: SocketAddress, isShared: boolean) {
    this.#isRetired = !isShared;
    this.#listener = socket.openSocket(wanted, socket.SOCK_STREAM);
    this.#filler = socket.withSocket(this.#listener, () => listenFull(this.#listener, wanted));
    this.address = socket.localAddress(this.#listener);
    this.closedDoor = socket.localAddress(this.#filler);
  }

  get isUsedUp(): boolean {
    return this.#isRetired || this.#uses >= usesMax;
  }

  enter(): void {
    this.#users++;
    this.#uses++;
  }

  /** The last user of a retired holder closes it: a SYN that is repeated is refused then. */
  leave(): void {
    this.#users--;
    this.#closeIfOver();
  }

  retire(): void {
    this.#isRetired = true;
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    if (!this.#isRetired || this.#users > 0) return;
    socket.closeSocket(this.#listener);
    socket.closeSocket(this.#filler);
  }
}

/** Lends holders. */
export class Holders {
  readonly #shared = new Map<string, Holder>();

  /**
   * A holder for a socket of process `pid` that connects to `destination`, bound to `boundTo`. Entered already. Where the
   * kernel does not let us take that process's sockets, closing the listener is the only way to refuse it: it gets its own.
   * Throws `SystemError`.
   */
  lend(destination: SocketAddress, boundTo: SocketAddress | null, pid: number): Holder {
    const bound = boundTo === null || isUnspecified(boundTo) || isLoopback(boundTo) ? null : unmapped(boundTo);
    const wanted = bound === null ? loopbackLike(destination, 0) : withPort(bound, 0);
    const isShared = mayTakeDescriptors(pid);
    let holder;
    try {
      holder = this.#at(wanted, isShared);
    } catch (error) {
      // No IPv6 on this machine's loopback: the program's socket reaches the v4 one by its mapped address.
      if (bound !== null || !("v6" in wanted)) throw error;
      holder = this.#at({ v4: { address: loopbackV4, port: 0 } }, isShared);
    }
    holder.enter();
    return holder;
  }

  close(): void {
    for (const holder of this.#shared.values()) holder.retire();
    this.#shared.clear();
  }

  #at(wanted: SocketAddress, isShared: boolean): Holder {
    if (!isShared) return new Holder(wanted, false);
    const key = addressKey(wanted);
    const known = this.#shared.get(key);
    if (known !== undefined && !known.isUsedUp) return known;
    known?.retire();
    const holder = new Holder(wanted, true);
    this.#shared.set(key, holder);
    return holder;
  }
}

/** With a backlog of 0 the queue holds one connection: the returned one. */
function listenFull(listener: number, wanted: SocketAddress): number {
  socket.shareAddress(listener);
  socket.bindSocket(listener, wanted);
  socket.listenSocket(listener, 0);
  const address = socket.localAddress(listener);
  const filler = socket.openSocket(address, socket.SOCK_STREAM);
  return socket.withSocket(filler, () => {
    const code = socket.connectSocket(filler, address);
    if (code !== 0 && code !== Errno.EINPROGRESS) throw new SystemError("connect", code);
    const deadlineMs = performance.now() + fillTimeoutMs;
    while (socket.queueLength(listener) === 0) {
      if (performance.now() > deadlineMs) throw new SystemError("connect", Errno.ETIMEDOUT);
    }
    return filler;
  });
}
