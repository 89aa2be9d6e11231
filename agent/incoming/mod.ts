/**
 * The target's incoming traffic: `steal` takes new connections to a port away from the target, `mirror` copies what
 * clients send to it. One `Incoming` serves all clients of the agent.
 */
import type { Infer } from "../../protocol/schema.ts";
import type { Request } from "../../protocol/agent/messages.ts";
import { SubscribeReply } from "../../protocol/agent/messages.ts";
import { writeMessage } from "../../protocol/link/message.ts";
import type { Stream } from "../../protocol/link/stream.ts";
import { EINVAL, errnoOf } from "../system/errno.ts";
import type { InternetAddress } from "../system/socket_address.ts";
import type { Client, Subscription } from "./client.ts";
import { IncomingCounters } from "./counters.ts";
import type { DialledConnection } from "./dial.ts";
import { type DiversionMaker, DiversionUnavailableError } from "./diversion.ts";
import { Mirroring, MODE_MIRROR } from "./mirroring.ts";
import { ownedTableMaker, plainTableMaker } from "./nftables_diversion.ts";
import { skLookupMaker } from "./sk_lookup_diversion.ts";
import { MODE_STEAL, Stealing } from "./stealing.ts";

type SubscribeRequest = Extract<Infer<typeof Request>, { subscribe: unknown }>["subscribe"];
type Reply = Infer<typeof SubscribeReply>;

export interface IncomingOptions {
  /**
   * Ways of diverting, the best first: the first that works is used.
   * @default sk_lookup, owned nftables table, plain nftables table
   */
  readonly makers?: readonly DiversionMaker[];
  /** The only interface on which traffic is mirrored. @default null, all */
  readonly captureInterface?: string | null;
}

export class Incoming {
  readonly counters = new IncomingCounters();
  readonly #stealing: Stealing;
  readonly #mirroring: Mirroring;
  /** By the mode that a request names. */
  readonly #parts: ReadonlyMap<number, Stealing | Mirroring>;

  constructor(options: IncomingOptions = {}) {
    const { makers = [skLookupMaker, ownedTableMaker, plainTableMaker], captureInterface = null } = options;
    this.#stealing = new Stealing(makers, this.counters);
    this.#mirroring = new Mirroring(captureInterface, this.counters);
    this.#parts = new Map<number, Stealing | Mirroring>([[MODE_STEAL, this.#stealing], [MODE_MIRROR, this.#mirroring]]);
  }

  /** Answers a `subscribe` request and serves it until its stream ends, by either side. Never rejects. */
  async subscribe(stream: Stream, request: SubscribeRequest, client: Client): Promise<void> {
    const part = this.#parts.get(request.mode);
    if (!part || request.port === 0) return stream.reset(EINVAL, "no such port or mode");
    const subscription: Subscription = {
      id: stream.id,
      port: request.port,
      client,
      fail: (errno, reason) => stream.reset(errno, reason),
    };
    const reply = await this.#begin(subscription, part);
    try {
      await writeMessage(stream, SubscribeReply, reply);
      if ("ok" in reply) await ended(stream);
    } catch {
      // The stream was reset or its session has ended: the subscription is over all the same.
    }
    if ("ok" in reply) part.remove(subscription);
    await stream.end();
  }

  /** The client's tunnels are gone: its ports are the target's until `resume`. Open connections wait. */
  suspend(client: Client): void {
    this.#stealing.suspend(client);
    this.#mirroring.suspend(client);
  }

  resume(client: Client): void {
    this.#stealing.resume(client);
    this.#mirroring.resume(client);
  }

  /** The session is over: all that is the client's ends. */
  endClient(client: Client): void {
    this.#stealing.endClient(client);
    this.#mirroring.endClient(client);
  }

  /**
   * For connections that the agent makes in the target's network: reaches the target on a port that is stolen from it.
   * Null when an ordinary connect does. Rejects with `SystemError`.
   */
  dial(destination: InternetAddress, signal?: AbortSignal): Promise<DialledConnection> | null {
    return this.#stealing.dial(destination, signal);
  }

  close(): void {
    this.#stealing.close();
    this.#mirroring.close();
  }

  async #begin(subscription: Subscription, part: Stealing | Mirroring): Promise<Reply> {
    const holder = part === this.#stealing ? this.#stealing.holder(subscription.port) : null;
    if (holder && holder !== subscription.client) return { taken: { holder: holder.holder } };
    try {
      return { ok: { diversion: await part.add(subscription) } };
    } catch (error) {
      const errno = error instanceof DiversionUnavailableError ? error.errno : errnoOf(error);
      return { failed: { errno, reason: error instanceof Error ? error.message : String(error) } };
    }
  }
}

/** Resolves at the stream's end; what the peer writes on it has no meaning. */
async function ended(stream: Stream): Promise<void> {
  while (await stream.read() !== null);
}
