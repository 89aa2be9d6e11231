/** Addresses of the loopback device, each of which stands for one peer of one of the program's sockets. */
import { Connection, nothingYet } from "../../system/connection.ts";
import { addressKey, loopbackLike, type SocketAddress } from "../../system/address.ts";
import { LoopbackNetwork, networkSize } from "../../system/loopback_network.ts";
import type { Poller } from "../../system/poller.ts";
import * as socket from "../../system/socket.ts";

const datagramBytesMax = 65_535;
/** Filled between two awaits only. */
const datagram = new Uint8Array(datagramBytesMax);
/** How many datagrams of the program are taken before others have their turn. */
const burst = 64;

/** One such address. */
export interface Portal {
  address: SocketAddress;
  /** To the program's socket. */
  send(payload: Uint8Array): void;
  close(): void;
}

/** What comes from the program; the bytes are valid until it returns. */
type OnDatagram = (payload: Uint8Array) => void;

interface Entry {
  programKey: string;
  onDatagram: OnDatagram;
}

export class Portals {
  readonly #poller: Poller;
  /** The last one gives new portals. */
  readonly #networks: LoopbackNetwork[] = [];
  /** By number, of the last network. */
  #entries = new Map<number, Entry>();
  #lastIndex = 0;

  constructor(poller: Poller) {
    this.#poller = poller;
  }

  /** A portal for a socket that receives at `program`; nobody else is heard. Throws `SystemError`. */
  open(program: SocketAddress, onDatagram: OnDatagram): Portal {
    return "v6" in program ? this.#openV6(program, onDatagram) : this.#openV4(program, onDatagram);
  }

  close(): void {
    for (const network of this.#networks) network.close();
  }

  #openV4(program: SocketAddress, onDatagram: OnDatagram): Portal {
    // A number is given once, since layers remember whom it means: after the last one there is a new network, another port.
    if (this.#networks.length === 0 || this.#lastIndex + 1 >= networkSize) this.#renew();
    const network = this.#networks.at(-1)!;
    const entries = this.#entries;
    const index = ++this.#lastIndex;
    entries.set(index, { programKey: addressKey(program), onDatagram });
    return {
      address: network.address(index),
      send: (payload) => network.send(index, program, payload),
      close: () => entries.delete(index),
    };
  }

  #renew(): void {
    const network = new LoopbackNetwork(this.#poller);
    this.#networks.push(network);
    this.#entries = new Map();
    this.#lastIndex = 0;
    receive(network, this.#entries);
  }

  /** IPv6 has but one loopback address: a socket for each portal. */
  #openV6(program: SocketAddress, onDatagram: OnDatagram): Portal {
    const own = loopbackLike(program, 0);
    const fd = socket.openSocket(own, socket.SOCK_DGRAM);
    const address = socket.withSocket(fd, () => {
      socket.bindSocket(fd, own);
      socket.connectSocket(fd, program);
      return socket.localAddress(fd);
    });
    const connection = new Connection(fd, this.#poller);
    receiveFrom(connection, onDatagram);
    return {
      address,
      send: (payload) => sendQuietly(connection, payload),
      close: () => connection.close(),
    };
  }
}

async function receive(network: LoopbackNetwork, entries: Map<number, Entry>): Promise<void> {
  while (!network.closed) {
    let count = 0;
    for (let next; count < burst && (next = network.receive()) !== null; count++) {
      const entry = entries.get(next.index);
      if (entry?.programKey === addressKey(next.from)) entry.onDatagram(next.payload);
    }
    await (count === burst ? new Promise((resolve) => setTimeout(resolve)) : network.readable());
  }
}

async function receiveFrom(connection: Connection, onDatagram: OnDatagram): Promise<void> {
  while (!connection.closed) {
    try {
      const count = connection.tryRead(datagram);
      if (count === nothingYet) await connection.readable();
      else if (!connection.closed) onDatagram(datagram.subarray(0, count));
    } catch {
      // The program's socket was not there for an earlier datagram; it may be gone for good, or come back.
    }
  }
}

/** What the program has no room for is lost. */
function sendQuietly(connection: Connection, payload: Uint8Array): void {
  try {
    if (!connection.closed) connection.tryWrite(Uint8Array.from(payload));
  } catch {
    // So is what comes for a socket that is gone.
  }
}
