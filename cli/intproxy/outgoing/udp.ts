/** Connected UDP sockets of the program whose datagrams leave from the target. */
import {
  addressKey,
  inFamilyOf,
  isUnspecified,
  loopbackLike,
  mapped,
  portOf,
  type SocketAddress,
  unmapped,
  withPort,
} from "../../system/address.ts";
import { Connection, nothingYet } from "../../system/connection.ts";
import { Errno } from "../../system/errno.ts";
import { networkAddress, networkSize } from "../../system/loopback_network.ts";
import * as socket from "../../system/socket.ts";
import { FromPeer } from "../../../protocol/agent/messages.ts";
import type { Stream } from "../../../protocol/link/mod.ts";
import { decode } from "../../../protocol/schema.ts";
import { knockAtClosedDoor, takeSocket } from "./taken_socket.ts";
import type { AnswerFor } from "./datagrams.ts";
import { connectAtTarget, type ConnectCall, type OutgoingParts } from "./tcp.ts";

const datagramBytesMax = 65_535;
/** Connected flows at once; the oldest makes room, as a program that leaks them would else take all descriptors. */
const flowsMax = 4096;

interface Flow extends ConnectCall {
  connection: Connection;
  /** Where the program's socket is bound, but for the port. */
  programIp: SocketAddress;
  stream: Stream | null;
}

/** Filled between two awaits only. */
const datagram = new Uint8Array(datagramBytesMax);

export class OutgoingUdp {
  readonly #parts: OutgoingParts;
  readonly #answerFor: AnswerFor;
  readonly #isAnswered: (peer: SocketAddress) => boolean;
  readonly #flows = new Map<bigint, Flow>();
  readonly #byCookie = new Map<bigint, Flow>();
  #lastIndex = 0;

  /** `isAnswered`: all datagrams to this peer are answered in its place, so that it need not be reached. */
  constructor(parts: OutgoingParts, answerFor: AnswerFor, isAnswered: (peer: SocketAddress) => boolean) {
    this.#parts = parts;
    this.#answerFor = answerFor;
    this.#isAnswered = isAnswered;
  }

  has(id: bigint): boolean {
    return this.#flows.has(id);
  }

  /** Where a connected socket of the program sends what it addresses to its own peer; null when that is another one. */
  addressFor(cookie: bigint, destination: SocketAddress): SocketAddress | null {
    const flow = this.#byCookie.get(cookie);
    if (flow === undefined || addressKey(flow.destination) !== addressKey(destination)) return null;
    return socket.localAddress(flow.connection.fd);
  }

  /** The program is to connect to the returned address. Throws `SystemError`. */
  connect(call: ConnectCall): SocketAddress {
    this.socketGone(call.cookie);
    if (this.#flows.size >= flowsMax) this.#end(this.#flows.values().next().value!);
    const bound = call.boundTo === null || isUnspecified(call.boundTo) ? null : unmapped(call.boundTo);
    const programIp = bound ?? loopbackLike(call.destination, 0);
    const ownIp = this.#ownIp(call.destination);
    const fd = socket.openSocket(ownIp, socket.SOCK_DGRAM);
    const address = socket.withSocket(fd, () => {
      socket.bindSocket(fd, ownIp);
      return socket.localAddress(fd);
    });
    const flow = { ...call, connection: new Connection(fd, this.#parts.poller), programIp, stream: null };
    this.#flows.set(call.id, flow);
    this.#byCookie.set(call.cookie, flow);
    return "v6" in call.destination ? mapped(address) : address;
  }

  /** Whom a stand-in means that a connected socket got a datagram from; null for another address. */
  sender(cookie: bigint, standIn: SocketAddress): SocketAddress | null {
    const flow = this.#byCookie.get(cookie);
    if (flow === undefined || addressKey(socket.localAddress(flow.connection.fd)) !== addressKey(standIn)) return null;
    return inFamilyOf(standIn, flow.destination);
  }

  /** The program's socket is connected, from `port` (0: it is not): only with it datagrams are exchanged. Gives an errno. */
  async started(id: bigint, port: number): Promise<number> {
    const flow = this.#flows.get(id);
    if (flow === undefined) return Errno.ECONNABORTED;
    const code = port === 0
      ? Errno.ECONNABORTED
      : socket.connectSocket(flow.connection.fd, withPort(flow.programIp, port));
    const outcome = code !== 0
      ? { errno: code, reason: "the program's socket is gone" }
      : await connectAtTarget(this.#parts.link, socket.SOCK_DGRAM, this.#reachable(flow.destination));
    if ("errno" in outcome) {
      this.#parts.log.debug(`datagrams cannot be sent (errno ${outcome.errno}): ${outcome.reason}`);
      this.#end(flow);
      return outcome.errno;
    }
    if (flow.connection.closed) {
      outcome.stream.reset(0);
      return Errno.ECONNABORTED;
    }
    flow.stream = outcome.stream;
    const peer = isUnspecified(flow.destination) ? outcome.peer : flow.destination;
    this.#parts.table.updateSocket(flow.cookie, { connected: { local: outcome.local, peer } });
    this.#carry(flow, outcome.stream);
    return 0;
  }

  socketGone(cookie: bigint): void {
    const flow = this.#byCookie.get(cookie);
    if (flow !== undefined) this.#end(flow);
  }

  #reachable(destination: SocketAddress): SocketAddress {
    return this.#isAnswered(destination) ? loopbackLike(destination, portOf(destination)) : destination;
  }

  /** Another address for each flow, so that layers, which remember whom it means, never take it for another's. */
  #ownIp(destination: SocketAddress): SocketAddress {
    const loopback = loopbackLike(destination, 0);
    this.#lastIndex = (this.#lastIndex + 1) % networkSize;
    return "v6" in loopback ? loopback : networkAddress(this.#lastIndex, 0);
  }

  #carry(flow: Flow, stream: Stream): void {
    const end = () => this.#end(flow);
    this.#upload(flow, stream);
    this.#download(flow, stream).then(end, end);
  }

  /** Ends with the connection, and then ends the flow unless another connection has taken its place. */
  async #upload(flow: Flow, stream: Stream): Promise<void> {
    const { connection, destination } = flow;
    await upload(connection, stream, (query) => this.#answerFor(destination, query)).catch(() => {});
    if (flow.connection === connection) this.#end(flow);
  }

  /** A datagram for which the program has no room is lost, as everywhere. */
  async #download(flow: Flow, stream: Stream): Promise<void> {
    for (let message; (message = await stream.receive()) !== null;) {
      const said = decode(FromPeer, message);
      if ("failed" in said) this.#refuse(flow, stream);
      else flow.connection.tryWrite(Uint8Array.from(said.datagram));
    }
  }

  /**
   * The peer refuses: the program is to see it (ECONNREFUSED), as resolvers then ask another server at once. Its socket
   * sends an empty datagram while nobody is at our end, which is there again right afterwards.
   */
  #refuse(flow: Flow, stream: Stream): void {
    const { poller, lookup } = this.#parts;
    const own = socket.localAddress(flow.connection.fd);
    const program = socket.peerAddress(flow.connection.fd);
    const info = lookup.udp(program, own);
    const taken = info === null || info.cookie !== flow.cookie ? null : takeSocket(flow.pid, info.inode, flow.cookie);
    if (taken === null) return;
    const closed = flow.connection;
    const fd = socket.openSocket(own, socket.SOCK_DGRAM);
    closed.close();
    knockAtClosedDoor(taken);
    flow.connection = socket.withSocket(fd, () => {
      socket.bindSocket(fd, own);
      socket.connectSocket(fd, program);
      return new Connection(fd, poller);
    });
    this.#upload(flow, stream);
  }

  #end(flow: Flow): void {
    this.#flows.delete(flow.id);
    if (this.#byCookie.get(flow.cookie) === flow) this.#byCookie.delete(flow.cookie);
    flow.connection.close();
    flow.stream?.reset(0);
  }
}

async function upload(
  connection: Connection,
  stream: Stream,
  answerFor: (payload: Uint8Array) => Promise<Uint8Array | null> | null,
): Promise<void> {
  while (!connection.closed) {
    const count = connection.tryRead(datagram);
    if (count === nothingYet) {
      await connection.readable();
      continue;
    }
    const payload = datagram.subarray(0, count);
    const answer = answerFor(payload);
    if (answer !== null) answer.then((bytes) => bytes === null || writeQuietly(connection, bytes));
    else if (!connection.closed) stream.send(payload);
  }
}

/** The program may be gone when its answer is there. */
function writeQuietly(connection: Connection, bytes: Uint8Array): void {
  try {
    if (!connection.closed) connection.tryWrite(Uint8Array.from(bytes));
  } catch {
    // Then nobody waits for it.
  }
}
