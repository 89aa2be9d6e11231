/** Unix sockets of the target, of streams and of packets, that the program connects to. */
import type { SocketAddress } from "../../system/address.ts";
import { Connection } from "../../system/connection.ts";
import { Errno } from "../../system/errno.ts";
import * as socket from "../../system/socket.ts";
import { BoundedMap } from "../bounded_map.ts";
import { relay } from "../relay.ts";
import { connectAtTarget, type ConnectCall, type OutgoingParts } from "./tcp.ts";
import { relayPackets } from "./packets.ts";
import { withoutTrailingZeros } from "./decide.ts";

/** The program connects within microseconds of being told where. */
const acceptTimeoutMs = 5000;
const toldMax = 4096;

type UnixType = typeof socket.SOCK_STREAM | typeof socket.SOCK_SEQPACKET;

export class OutgoingUnix {
  readonly #parts: OutgoingParts;
  /** Ids of connections whose address was told. */
  readonly #told = new BoundedMap<bigint, true>(toldMax);

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  /**
   * Unlike TCP, connecting to a unix socket never takes time, so that the agent connects first: the program is told its
   * errno, or an address whose first connection from the program's process is carried to the target.
   */
  async connect(call: ConnectCall, type: UnixType): Promise<{ errno: number } | { address: SocketAddress }> {
    const destination = withoutTrailingZeros(call.destination);
    const outcome = await connectAtTarget(this.#parts.link, type, destination);
    if ("errno" in outcome) {
      this.#parts.log.debug(`a unix socket was not connected (errno ${outcome.errno}): ${outcome.reason}`);
      return outcome;
    }
    const carry = type === socket.SOCK_STREAM ? relay : relayPackets;
    try {
      const { listener, address } = openListener(this.#parts, type);
      this.#parts.table.updateSocket(call.cookie, {
        connected: { local: { unix: { path: noPath } }, peer: destination },
      });
      this.#serve(listener, call.pid).then(
        (connection) => carry(connection, outcome.stream),
        () => outcome.stream.reset(Errno.ECONNABORTED),
      );
      this.#told.set(call.id, true);
      return { address };
    } catch (error) {
      outcome.stream.reset(Errno.ECONNABORTED);
      throw error;
    }
  }

  /** The program has connected; a unix socket does so at once. Returns an errno. */
  started(id: bigint): number {
    return this.#told.delete(id) ? 0 : Errno.ECONNABORTED;
  }

  async #serve(listener: Connection, pid: number): Promise<Connection> {
    const timer = setTimeout(() => listener.close(), acceptTimeoutMs);
    try {
      for (;;) {
        if (listener.closed) throw new Error("nobody came");
        const accepted = socket.acceptSocket(listener.fd);
        if (accepted === null) await listener.readable();
        else if (socket.peerProcess(accepted) === pid) return new Connection(accepted, this.#parts.poller);
        else socket.closeSocket(accepted);
      }
    } finally {
      clearTimeout(timer);
      listener.close();
    }
  }
}

const noPath = new Uint8Array(0);

function openListener({ poller }: OutgoingParts, type: UnixType): { listener: Connection; address: SocketAddress } {
  const name = new TextEncoder().encode(`\0mirrord-${crypto.randomUUID()}`);
  const address = { unix: { path: name } };
  const fd = socket.openSocket(address, type);
  return socket.withSocket(fd, () => {
    socket.bindSocket(fd, address);
    socket.listenSocket(fd, 1);
    return { listener: new Connection(fd, poller), address };
  });
}
