/** Mirroring: copies of what clients send to a port, taken from the packets, which go their way untouched. */
import { encode } from "../../protocol/schema.ts";
import { Incoming as IncomingHeader } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/stream.ts";
import { ECANCELED } from "../system/errno.ts";
import { tcpToPorts } from "../system/packet_filter.ts";
import { ConnectionTable } from "../system/connection_table.ts";
import { PacketRing } from "../system/packet_ring.ts";
import type { Client, Endpoints, Subscription } from "./client.ts";
import type { IncomingCounters } from "./counters.ts";
import { type FlowSink, FlowTable } from "./flow_table.ts";
import { LocalAddresses } from "./local_addresses.ts";
import { parseSegment } from "./segment.ts";

export const MODE_MIRROR = 1;
/** For people, where stealing names its diversion. */
const NAME = "packet capture";
const ECONNRESET = 104;
const SWEEP_MS = 1000;
/** Blocks in a row before others get their turn. */
const BLOCKS_AT_ONCE = 4;

export class Mirroring {
  readonly #tables = new Map<Subscription, FlowTable>();
  readonly #suspended = new Set<Client>();
  readonly #addresses = new LocalAddresses();
  /** Of each version; being opened, or open. */
  #rings: Promise<PacketRing[]> | null = null;
  readonly #connections = new ConnectionTable();
  readonly #captured = new Set<PacketRing>();
  #sweeper: ReturnType<typeof setInterval> | undefined;

  /** `captureInterface`: the only interface whose packets count; null for all. */
  constructor(private readonly captureInterface: string | null, private readonly counters: IncomingCounters) {}

  /** Begins to mirror. Rejects with `SystemError` when packets cannot be captured here. */
  async add(subscription: Subscription): Promise<string> {
    const open = (endpoints: Endpoints) => this.#open(subscription, endpoints);
    const isAlive = ({ source, destination }: Endpoints) => this.#connections.has(destination, source);
    this.#tables.set(subscription, new FlowTable({ open, isAlive, counters: this.counters }));
    try {
      await this.#arrange();
    } catch (error) {
      this.#tables.delete(subscription);
      throw error;
    }
    return NAME;
  }

  /** Begins no flow for the subscription any more. Those that are open go on to their end, as accepted connections do. */
  remove(subscription: Subscription): void {
    this.#tables.get(subscription)?.retire();
    this.#forgetRetired();
  }

  /** No flow is begun for the client until `resume`; those that are open go on as far as the link's queues hold them. */
  suspend(client: Client): void {
    this.#suspended.add(client);
  }

  resume(client: Client): void {
    this.#suspended.delete(client);
  }

  endClient(client: Client): void {
    for (const subscription of this.#tables.keys()) {
      if (subscription.client === client) this.#forget(subscription);
    }
    this.#suspended.delete(client);
    this.#rearrange();
  }

  close(): void {
    for (const subscription of this.#tables.keys()) this.#forget(subscription);
    this.#rearrange();
  }

  #forget(subscription: Subscription): void {
    this.#tables.get(subscription)?.close();
    this.#tables.delete(subscription);
  }

  #forgetRetired(): void {
    const over = [...this.#tables].filter(([, table]) => table.isOver);
    if (over.length === 0) return;
    for (const [subscription] of over) this.#forget(subscription);
    this.#rearrange();
  }

  /** Captures exactly the ports that are mirrored. */
  async #arrange(): Promise<void> {
    if (this.#tables.size === 0) return this.#stop();
    const opening = this.#rings ??= openRings(this.captureInterface);
    try {
      const rings = await opening;
      if (this.#rings === opening) rings.forEach((ring) => this.#use(ring));
    } catch (error) {
      if (this.#rings === opening) this.#rings = null;
      throw error;
    }
  }

  /** For changes that nobody waits for: who is waiting for the rings is told if they cannot be had. */
  #rearrange(): void {
    this.#arrange().catch(() => {});
  }

  #use(ring: PacketRing): void {
    const ports = [...new Set([...this.#tables.keys()].map(({ port }) => port))];
    ring.setFilter(tcpToPorts(ring.version, ports));
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
    if (this.#captured.has(ring)) return;
    this.#captured.add(ring);
    void this.#capture(ring);
  }

  #stop(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#countDropped();
    this.#rings?.then((rings) => rings.forEach((ring) => ring.close()), () => {});
    this.#rings = null;
  }

  async #capture(ring: PacketRing): Promise<void> {
    while (await ring.readable()) {
      for (let blocks = 0; blocks < BLOCKS_AT_ONCE; blocks++) {
        if (!ring.takeBlock((bytes, start, length) => this.#packet(bytes, start, length))) break;
      }
    }
    this.#captured.delete(ring);
  }

  #countDropped(): void {
    for (const ring of this.#captured) this.counters.packetsDropped += ring.takeDropped();
  }

  #packet(bytes: Uint8Array<ArrayBuffer>, start: number, length: number): void {
    const segment = parseSegment(bytes, start, length);
    if (!segment) return;
    const nowMs = performance.now();
    for (const [subscription, table] of this.#tables) {
      if (subscription.port === segment.destinationPort) table.accept(segment, nowMs);
    }
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const table of this.#tables.values()) table.sweep(nowMs);
    this.#forgetRetired();
    this.#countDropped();
  }

  #open({ id, client }: Subscription, endpoints: Endpoints): FlowSink | null {
    if (this.#suspended.has(client) || !this.#addresses.has(endpoints.destination, performance.now())) return null;
    const header = { subscription: BigInt(id), mode: MODE_MIRROR, ...endpoints };
    try {
      return new StreamSink(client.session.open(encode(IncomingHeader, header), { lossy: true }));
    } catch {
      // The session is over or has too many streams.
      return null;
    }
  }
}

/** What a ring takes until its first ports are set. */
const NOTHING = tcpToPorts(4, []);

/** One ring for each version of IP, or none. */
async function openRings(captureInterface: string | null): Promise<PacketRing[]> {
  const open = (version: 4 | 6) => PacketRing.open(version, NOTHING, captureInterface);
  const opened = await Promise.allSettled(([4, 6] as const).map(open));
  const rings = opened.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
  const failed = opened.find((result) => result.status === "rejected");
  if (!failed) return rings;
  rings.forEach((ring) => ring.close());
  throw failed.reason;
}

class StreamSink implements FlowSink {
  isClosed = false;

  constructor(private readonly stream: Stream) {
    void this.#watch();
  }

  send(bytes: Uint8Array): boolean {
    return this.stream.send(bytes);
  }

  end(): void {
    void this.stream.end();
  }

  reset(): void {
    this.stream.reset(this.isClosed ? ECANCELED : ECONNRESET);
  }

  /** The other side has nothing to say on these streams; it resets one when its program is done with it. */
  async #watch(): Promise<void> {
    try {
      while (await this.stream.receive() !== null);
    } catch {
      this.isClosed = true;
    }
  }
}
