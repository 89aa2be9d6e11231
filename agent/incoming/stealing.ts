/** Stealing: who holds which port, and what becomes of the connections that arrive for it. */
import { encode } from "../../protocol/schema.ts";
import { Incoming as IncomingHeader } from "../../protocol/agent/messages.ts";
import type { Stream } from "../../protocol/link/stream.ts";
import { ECANCELED, errnoOf } from "../system/errno.ts";
import { type InternetAddress, portOf } from "../system/socket_address.ts";
import type { Client, Subscription } from "./client.ts";
import { endpointsOf, relayConnection, reset } from "./connection.ts";
import type { IncomingCounters } from "./counters.ts";
import { type Diversion, type DiversionMaker, makeDiversion } from "./diversion.ts";
import { type DialledConnection, dialPast } from "./dial.ts";
import { ArrivalListener } from "./listener.ts";
import { LocalAddresses } from "./local_addresses.ts";
import { passBy } from "./pass_by.ts";

export const MODE_STEAL = 2;

export class Stealing {
  /** A port's subscriptions are all of one client; the latest gets the connections. */
  readonly #subscriptions = new Map<number, Subscription[]>();
  readonly #suspended = new Set<Client>();
  readonly #diverted = new Set<number>();
  readonly #connections = new Map<Stream, Client>();
  readonly #addresses = new LocalAddresses();
  #listener: ArrivalListener | null = null;
  #diversion: Diversion | null = null;

  constructor(private readonly makers: readonly DiversionMaker[], private readonly counters: IncomingCounters) {}

  /** Who holds a port, null if it is free. */
  holder(port: number): Client | null {
    return this.#subscriptions.get(port)?.[0]?.client ?? null;
  }

  /** Begins to steal; the port must be free or the client's own. Answers the diversion's name. Throws if there is none. */
  add(subscription: Subscription): string {
    const { port } = subscription;
    const held = this.#subscriptions.get(port) ?? [];
    this.#subscriptions.set(port, [...held, subscription]);
    try {
      this.#arrange(port);
    } catch (error) {
      this.#forget(subscription);
      throw error;
    }
    return this.#diversion?.name ?? "";
  }

  /** New connections go to the target, or to an earlier subscription of the same client. Open ones live on. */
  remove(subscription: Subscription): void {
    this.#forget(subscription);
    this.#arrange(subscription.port);
  }

  /** New connections go to the target until `resume`; the ports stay the client's. */
  suspend(client: Client): void {
    this.#suspended.add(client);
    for (const port of this.#portsOf(client)) this.#arrange(port);
  }

  resume(client: Client): void {
    this.#suspended.delete(client);
    for (const port of this.#portsOf(client)) {
      try {
        this.#arrange(port);
      } catch (error) {
        for (const subscription of this.#subscriptions.get(port) ?? []) {
          subscription.fail(errnoOf(error), error instanceof Error ? error.message : String(error));
        }
      }
    }
  }

  /** Ends all that is the client's: its ports, and its connections. */
  endClient(client: Client): void {
    for (const port of this.#portsOf(client)) {
      this.#subscriptions.delete(port);
      this.#arrange(port);
    }
    this.#suspended.delete(client);
    for (const [stream, owner] of this.#connections) {
      if (owner === client) stream.reset(ECANCELED, "The session has ended");
    }
  }

  /**
   * Connects to a port of the target that may be diverted, and reaches the target all the same. Null when an ordinary
   * connect does: the port is not diverted, or the address is another's.
   */
  dial(destination: InternetAddress, signal?: AbortSignal): Promise<DialledConnection> | null {
    if (!this.#diversion || !this.#diverted.has(portOf(destination))) return null;
    if (!this.#addresses.has(destination, performance.now())) return null;
    return dialPast(this.#diversion, destination, signal);
  }

  close(): void {
    for (const client of new Set([...this.#subscriptions.values()].flat().map(({ client }) => client))) {
      this.endClient(client);
    }
    this.#listener?.close();
    this.#listener = null;
  }

  #forget(subscription: Subscription): void {
    const rest = this.#subscriptions.get(subscription.port)?.filter((other) => other !== subscription) ?? [];
    if (rest.length > 0) this.#subscriptions.set(subscription.port, rest);
    else this.#subscriptions.delete(subscription.port);
  }

  #portsOf(client: Client): number[] {
    return [...this.#subscriptions.keys()].filter((port) => this.holder(port) === client);
  }

  #active(port: number): Subscription | undefined {
    const latest = this.#subscriptions.get(port)?.at(-1);
    return latest && !this.#suspended.has(latest.client) ? latest : undefined;
  }

  /** Makes the kernel divert the port exactly if somebody is there for it. */
  #arrange(port: number): void {
    const wanted = this.#active(port) !== undefined;
    try {
      if (wanted && !this.#diverted.has(port)) this.#divert(port);
      else if (!wanted && this.#diverted.delete(port)) this.#diversion!.release(port);
    } finally {
      if (this.#diverted.size === 0) {
        this.#diversion?.close();
        this.#diversion = null;
      }
    }
  }

  #divert(port: number): void {
    this.#listener ??= new ArrivalListener((connection) => this.#arrived(connection));
    this.#diversion ??= makeDiversion(this.makers, this.#listener.sockets);
    this.#diversion.divert(port);
    this.#diverted.add(port);
  }

  #arrived(connection: Deno.TcpConn): void {
    const { port } = connection.localAddr;
    const { v4, v6 } = this.#listener?.sockets ?? {};
    // Somebody found our listener itself.
    if (port === v4?.port || port === v6?.port) return connection.close();
    const subscription = this.#active(port);
    if (subscription) void this.#give(connection, subscription);
    else {
      this.counters.passedBy++;
      void passBy(connection);
    }
  }

  async #give(connection: Deno.TcpConn, { id, client }: Subscription): Promise<void> {
    let stream: Stream;
    try {
      const header = { subscription: BigInt(id), mode: MODE_STEAL, ...endpointsOf(connection) };
      stream = client.session.open(encode(IncomingHeader, header));
    } catch {
      // The session is over or has too many streams.
      reset(connection);
      return connection.close();
    }
    this.counters.stolen++;
    this.#connections.set(stream, client);
    connection.setNoDelay();
    connection.setKeepAlive();
    await relayConnection(connection, stream);
    this.#connections.delete(stream);
  }
}
