/**
 * Datagrams of sockets that are not connected. For each socket and peer there is a stand-in, an address of the loopback
 * device: what the program sends there goes to the peer from the target, and what the peer sends comes from there. The
 * layer puts the one address in the place of the other.
 */
import { decode, encode, type Infer } from "../../../protocol/schema.ts";
import { Datagram, FromNetwork } from "../../../protocol/agent/messages.ts";
import type { RouteReply } from "../../../protocol/layer/messages.ts";
import type { Stream } from "../../../protocol/link/mod.ts";
import {
  addressKey,
  AF_INET,
  AF_INET6,
  inFamilyOf,
  isMapped,
  isUnspecified,
  loopbackLike,
  portOf,
  type SocketAddress,
  unmapped,
  withPort,
} from "../../system/address.ts";
import type { RequestBody } from "../server.ts";
import type { Portal } from "./portal.ts";
import { Portals } from "./portal.ts";
import type { OutgoingParts } from "./tcp.ts";

/** Sockets at once, peers of each, and datagrams that wait for the agent's socket; the oldest make room. */
const socketsMax = 4096;
const peersMax = 4096;
const waitingMax = 64;
/** How long it holds that there is no way to a peer: afterwards a datagram finds out. */
const failureMs = 1000;

/** Answers a datagram in its peer's place (with null: not at all); null for those that go to their peer. */
export type AnswerFor = (peer: SocketAddress, payload: Uint8Array) => Promise<Uint8Array | null> | null;

/** The two addresses of one peer: its own, and the one that means it here. */
interface Peer {
  address: SocketAddress;
  portal: Portal;
  /** What the target's kernel has said of the way there: 0 = it has one; null = nothing yet. */
  errno: number | null;
  saidMs: number;
}

/** One socket of the program, for one family of peers. */
interface Free {
  cookie: bigint;
  /** Where the program's socket receives. */
  program: SocketAddress;
  isV6Only: boolean;
  family: typeof AF_INET | typeof AF_INET6;
  peers: Map<string, Peer>;
  stream: Stream | null;
  isOpening: boolean;
  waiting: Uint8Array[];
}

export class OutgoingDatagrams {
  readonly #parts: OutgoingParts;
  readonly #portals: Portals;
  readonly #answerFor: AnswerFor;
  readonly #sockets = new Map<string, Free>();

  constructor(parts: OutgoingParts, answerFor: AnswerFor) {
    this.#parts = parts;
    this.#answerFor = answerFor;
    this.#portals = new Portals(parts.poller);
  }

  /**
   * Where the program is to send its datagrams for `destination`. The first one is on its way before anybody knows whether
   * there is a way; that there is none, the next one is told. Throws `SystemError`.
   */
  route({ cookie, destination, from, isV6Only }: RequestBody<"sendTo">): Infer<typeof RouteReply> {
    const plain = unmapped(destination);
    const socket = this.#socketOf(cookie, "v6" in plain ? AF_INET6 : AF_INET, from, isV6Only);
    const { portal, errno, saidMs } = this.#peerOf(socket, plain);
    if (errno !== null && errno !== 0 && performance.now() < saidMs + failureMs) return { failed: { errno } };
    return { remote: { standIn: portal.address, isSettled: errno === 0 } };
  }

  /** Whom a stand-in means, in the form that the socket has it; null for an address that is none. */
  sender({ cookie, standIn }: RequestBody<"receivedFrom">): SocketAddress | null {
    const key = addressKey(standIn);
    for (const family of [AF_INET, AF_INET6]) {
      for (const { address, portal } of this.#sockets.get(`${cookie}/${family}`)?.peers.values() ?? []) {
        if (addressKey(portal.address) === key) return inFamilyOf(standIn, address);
      }
    }
    return null;
  }

  socketGone(cookie: bigint): void {
    for (const family of [AF_INET, AF_INET6]) {
      const socket = this.#sockets.get(`${cookie}/${family}`);
      if (socket !== undefined) this.#end(socket);
    }
  }

  close(): void {
    for (const socket of this.#sockets.values()) this.#end(socket);
    this.#portals.close();
  }

  #socketOf(cookie: bigint, family: Free["family"], from: SocketAddress, isV6Only: boolean): Free {
    const key = `${cookie}/${family}`;
    const known = this.#sockets.get(key);
    if (known !== undefined) return known;
    if (this.#sockets.size >= socketsMax) this.#end(this.#sockets.values().next().value!);
    const reachable = isUnspecified(from) ? withPort(loopbackFor(from, isV6Only), portOf(from)) : unmapped(from);
    const socket: Free = {
      ...{
        cookie,
        family,
        isV6Only,
        program: reachable,
        peers: new Map(),
        stream: null,
        isOpening: false,
        waiting: [],
      },
    };
    this.#sockets.set(key, socket);
    return socket;
  }

  #peerOf(socket: Free, address: SocketAddress): Peer {
    const key = addressKey(address);
    const known = socket.peers.get(key);
    if (known !== undefined) return known;
    if (socket.peers.size >= peersMax) forgetOldest(socket.peers);
    const portal = this.#portals.open(socket.program, (payload) => this.#send(socket, address, payload));
    const peer = { address, portal, errno: null, saidMs: 0 };
    socket.peers.set(key, peer);
    return peer;
  }

  #send(socket: Free, peer: SocketAddress, payload: Uint8Array): void {
    const answer = this.#answerFor(peer, payload);
    if (answer !== null) {
      answer.then((bytes) => bytes === null || socket.peers.get(addressKey(peer))?.portal.send(bytes));
      return;
    }
    const message = encode(Datagram, { peer, payload });
    if (socket.stream !== null) return void socket.stream.send(message);
    if (socket.waiting.length >= waitingMax) socket.waiting.shift();
    socket.waiting.push(message);
    if (!socket.isOpening) this.#carry(socket);
  }

  /** Opens the agent's socket and brings what comes from there, until it or the program's socket ends. Never rejects. */
  async #carry(socket: Free): Promise<void> {
    socket.isOpening = true;
    try {
      const { stream, reply } = await this.#parts.link.open("datagrams", { family: socket.family }, { lossy: true });
      if ("failed" in reply) throw new Error(reply.failed.reason);
      socket.stream = stream;
      for (const message of socket.waiting.splice(0)) stream.send(message);
      for (let message; (message = await stream.receive()) !== null;) this.#deliver(socket, message);
    } catch (error) {
      this.#parts.log.debug(`datagrams cannot be sent now: ${error}`);
    }
    // With the agent's next session, the next datagram opens it again.
    socket.isOpening = false;
    socket.stream = null;
  }

  #deliver(socket: Free, message: Uint8Array): void {
    const news = decode(FromNetwork, message);
    if ("datagram" in news) {
      const peer = this.#peerOf(socket, unmapped(news.datagram.peer));
      peer.errno = 0;
      return peer.portal.send(news.datagram.payload);
    }
    const { peer, errno } = "failed" in news ? news.failed : { ...news.sent, errno: 0 };
    const known = socket.peers.get(addressKey(unmapped(peer)));
    if (known !== undefined) Object.assign(known, { errno, saidMs: performance.now() });
  }

  #end(socket: Free): void {
    this.#sockets.delete(`${socket.cookie}/${socket.family}`);
    for (const { portal } of socket.peers.values()) portal.close();
    socket.stream?.reset(0);
  }
}

function forgetOldest(peers: Map<string, Peer>): void {
  const [key, { portal }] = peers.entries().next().value!;
  peers.delete(key);
  portal.close();
}

/** A socket of IPv6 that takes no other addresses is reached at ::1; every other at 127.0.0.1. */
function loopbackFor(from: SocketAddress, isV6Only: boolean): SocketAddress {
  const isV6 = "v6" in from && !isMapped(from.v6.address) && isV6Only;
  return loopbackLike(isV6 ? from : { v4: { address: new Uint8Array(4), port: 0 } }, 0);
}
