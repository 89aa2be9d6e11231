/** The peers that a target can reach in a test: what happens when the program connects to one. */
import type { Infer } from "../../protocol/schema.ts";
import { ConnectReply, RouteReply, SocketAddress } from "../../protocol/layer/messages.ts";
import { Holders } from "../../cli/intproxy/outgoing/holder.ts";
import { Rendezvous } from "../../cli/intproxy/outgoing/rendezvous.ts";
import { Connection, nothingYet } from "../../cli/system/connection.ts";
import { Poller } from "../../cli/system/poller.ts";
import { SocketLookup } from "../../cli/system/sock_diag.ts";
import { mapped } from "../../cli/system/address.ts";

import { createSocket, type Socket } from "node:dgram";

type Address = Infer<typeof SocketAddress>;

/** `echo`: sends datagrams back, with this before them. `greet`: says this, then echoes. `errno`: refuses after a while. `silent`: never answers. `local`: goes elsewhere. */
export type Peer =
  | { greet: string; afterMs?: number }
  | { errno: number; afterMs?: number }
  | { silent: true }
  | { echo: string }
  | { local: Address };

interface Attempt {
  rendezvous: Rendezvous;
  peer: Exclude<Peer, { local: Address } | { echo: string }>;
  cookie: bigint;
  boundTo: Address | null;
  destination: Address;
  pid: number;
}

const loopback = new Uint8Array([127, 0, 0, 1]);
const ECONNREFUSED = 111, ECONNABORTED = 103;

export class RemotePeers {
  readonly #poller = new Poller();
  readonly #lookup = new SocketLookup();
  readonly #holders = new Holders();
  readonly #attempts = new Map<bigint, Attempt>();
  readonly #failures = new Map<bigint, number>();
  readonly #names = new Map<bigint, { local: Address; peer: Address }>();
  readonly #open = new Set<Rendezvous | Connection>();
  readonly #datagrams = new Map<bigint, { socket: Socket; echo: string; cookie: bigint; destination: Address }>();
  readonly #standIns = new Map<string, Address>();
  readonly #closing = Promise.withResolvers<void>();
  #lastId = 0n;

  /** Keys: `a.b.c.d:port` or `[v6]:port`. A destination that is not there is refused. */
  constructor(private readonly peers: Record<string, Peer>) {}

  async connect(
    cookie: bigint,
    destination: Address,
    boundTo: Address | null,
    pid: number,
  ): Promise<Infer<typeof ConnectReply>> {
    const peer = this.peers[addressText(destination)] ?? { errno: ECONNREFUSED };
    if ("local" in peer) return { local: { destination: peer.local } };
    if ("echo" in peer) return await this.#connectDatagrams(cookie, destination, peer.echo);
    const rendezvous = new Rendezvous(cookie, this.#holders.lend(destination, boundTo, pid));
    this.#open.add(rendezvous);
    const id = ++this.#lastId;
    this.#attempts.set(id, { rendezvous, peer, cookie, boundTo, destination, pid });
    const address = "v6" in destination ? mapped(rendezvous.address) : rendezvous.address;
    return { remote: { id, address } };
  }

  /** A socket that is not connected has a datagram: only peers that echo are the target's. */
  async route(cookie: bigint, destination: Address): Promise<Infer<typeof RouteReply>> {
    const peer = this.peers[addressText(destination)];
    if (peer === undefined || !("echo" in peer)) return { local: { destination } };
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, `127.109.7.${this.#standIns.size + 1}`, resolve));
    socket.on("message", (message, { port, address }) => {
      socket.send(peer.echo + new TextDecoder().decode(message), port, address);
    });
    this.#datagrams.set(++this.#lastId, { socket, echo: peer.echo, cookie, destination });
    const { address, port } = socket.address();
    const standIn = { v4: { address: Uint8Array.from(address.split(".").map(Number)), port } };
    this.#standIns.set(addressText(standIn), destination);
    return { remote: { standIn, isSettled: true } };
  }

  sender(standIn: Address): Address | null {
    return this.#standIns.get(addressText(standIn)) ?? null;
  }

  async #connectDatagrams(cookie: bigint, destination: Address, echo: string): Promise<Infer<typeof ConnectReply>> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const id = ++this.#lastId;
    this.#datagrams.set(id, { socket, echo, cookie, destination });
    return { remote: { id, address: { v4: { address: loopback, port: socket.address().port } } } };
  }

  #startDatagrams(id: bigint, localPort: number): number {
    const { socket, echo, cookie, destination } = this.#datagrams.get(id)!;
    this.#names.set(cookie, {
      local: { v4: { address: new Uint8Array([10, 99, 0, 7]), port: localPort } },
      peer: destination,
    });
    socket.on("message", (message) => socket.send(echo + new TextDecoder().decode(message), localPort, "127.0.0.1"));
    return 0;
  }

  /** Resolves with the errno; for waiting calls. */
  async started(id: bigint, localPort: number, wait: boolean): Promise<number> {
    if (this.#datagrams.has(id)) return this.#startDatagrams(id, localPort);
    const attempt = this.#attempts.get(id)!;
    this.#attempts.delete(id);
    const { rendezvous, peer, cookie } = attempt;
    rendezvous.started(localPort, attempt.boundTo);
    if ("silent" in peer) await this.#closing.promise;
    if ("silent" in peer) return ECONNABORTED;
    await new Promise((resolve) => setTimeout(resolve, peer.afterMs ?? 0));
    this.#open.delete(rendezvous);
    if ("errno" in peer) {
      if (!wait) this.#failures.set(cookie, peer.errno);
      if (wait) rendezvous.close();
      else rendezvous.refuse(this.#lookup, attempt.pid);
      return peer.errno;
    }
    const local = { v4: { address: new Uint8Array([10, 99, 0, 7]), port: 40000 + Number(id) } };
    this.#names.set(cookie, { local, peer: attempt.destination });
    try {
      const connection = await rendezvous.complete(this.#lookup, this.#poller);
      this.#open.add(connection);
      this.#serve(connection, peer.greet);
      return 0;
    } catch {
      return ECONNABORTED;
    }
  }

  takeFailure(cookie: bigint): number {
    const errno = this.#failures.get(cookie) ?? 0;
    this.#failures.delete(cookie);
    return errno;
  }

  name(cookie: bigint, peerSide: boolean): Address | null {
    const names = this.#names.get(cookie);
    return names === undefined ? null : peerSide ? names.peer : names.local;
  }

  async close(): Promise<void> {
    this.#closing.resolve();
    for (const each of this.#open) each.close();
    for (const { socket } of this.#datagrams.values()) socket.close();
    this.#holders.close();
    await this.#poller.stop();
    this.#lookup.close();
  }

  async #serve(connection: Connection, greeting: string): Promise<void> {
    const buffer = new Uint8Array(64 << 10);
    try {
      await connection.write(new TextEncoder().encode(greeting));
      for (;;) {
        const count = connection.tryRead(buffer);
        if (count === 0) break;
        if (count === nothingYet) await connection.readable();
        else await connection.write(buffer.slice(0, count));
      }
    } catch {
      // The program has closed its end.
    }
    this.#open.delete(connection);
    connection.close();
  }
}

/** `a.b.c.d:port` or `[hex groups]:port`. */
export function addressText(address: Address): string {
  if ("v4" in address) return `${address.v4.address.join(".")}:${address.v4.port}`;
  if ("unix" in address) return new TextDecoder().decode(address.unix.path);
  const { address: raw, port } = address.v6;
  const isMapped = raw.subarray(0, 10).every((byte) => byte === 0) && raw[10] === 0xff;
  if (isMapped) return `${raw.subarray(12).join(".")}:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((raw[2 * i]! << 8) | raw[2 * i + 1]!).toString(16));
  return `[${groups.join(":")}]:${port}`;
}
