/** The session's own bound and listening sockets, by cookie. */
import { addressKey, isUnspecified, portOf, type SocketAddress } from "../../system/address.ts";
import { SOCK_STREAM } from "../../system/socket.ts";
import { BoundedMap } from "../bounded_map.ts";

/** Bound sockets that are remembered; each is a few hundred bytes. */
const socketsMax = 16_384;

export interface OwnSocket {
  cookie: bigint;
  /** What the program believes it is bound to, and what the kernel has. */
  requested: SocketAddress;
  actual: SocketAddress;
  listening: boolean;
}

export class OwnSockets {
  readonly #sockets = new BoundedMap<bigint, OwnSocket>(socketsMax);

  add(socket: OwnSocket): void {
    this.#sockets.set(socket.cookie, socket);
  }

  remove(cookie: bigint): void {
    this.#sockets.delete(cookie);
  }

  /** The cookies of all listeners. */
  listeners(): bigint[] {
    return [...this.#sockets.entries()].filter(([, socket]) => socket.listening).map(([cookie]) => cookie);
  }

  /** Whether another socket of the session has `address`, so that bind() must fail as it would without mirrord. */
  isTaken(address: SocketAddress, cookie: bigint): boolean {
    for (const [other, { requested }] of this.#sockets.entries()) {
      if (other === cookie || portOf(requested) !== portOf(address)) continue;
      const isSame = addressKey(requested) === addressKey(address);
      if (isSame || isUnspecified(requested) || isUnspecified(address)) return true;
    }
    return false;
  }

  /** The real address of the latest socket of this type that the program believes to be at `port`, or null. */
  find(port: number, socketType: number): SocketAddress | null {
    let found = null;
    for (const [, socket] of this.#sockets.entries()) {
      const believed = portOf(socket.requested) || portOf(socket.actual);
      if (believed === port && socket.listening === (socketType === SOCK_STREAM)) found = socket.actual;
    }
    return found;
  }
}
