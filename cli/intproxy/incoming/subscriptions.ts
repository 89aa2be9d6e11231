/** The target's ports that the session has subscribed, and which of the program's listeners each one's traffic goes to. */
import { type Stream, StreamCode, StreamError } from "../../../protocol/link/mod.ts";
import { Errno } from "../../system/errno.ts";
import type { AgentLink } from "../agent_link.ts";
import { errnoOf } from "../errno_of.ts";
import type { Log } from "../log.ts";
import type { OwnSocket } from "./listeners.ts";

interface Subscription {
  port: number;
  /** Those who want the traffic; the last one gets it. */
  listeners: OwnSocket[];
  /** Null until the agent was asked, and after the session was lost until it is asked again. */
  stream: Stream | null;
  /** The outcome of asking: an errno. */
  outcome: Promise<number>;
}

export interface SubscriptionsOptions {
  link: AgentLink;
  mode: "mirror" | "steal";
  log: Log;
  /** Something the user must know. */
  warn(text: string): void;
}

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #ports = new Map<number, Subscription>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Gives `listener` the traffic of the target's `port`; resolves with an errno when that stands. */
  async add(port: number, listener: OwnSocket): Promise<number> {
    const known = this.#ports.get(port);
    if (known !== undefined) {
      known.listeners = [...known.listeners.filter((each) => each.cookie !== listener.cookie), listener];
      return await known.outcome;
    }
    const subscription: Subscription = { port, listeners: [listener], stream: null, outcome: Promise.resolve(0) };
    this.#ports.set(port, subscription);
    subscription.outcome = this.#subscribe(subscription);
    return await subscription.outcome;
  }

  /** The listener with this cookie is gone; its connections live on. */
  remove(cookie: bigint): void {
    for (const subscription of this.#ports.values()) {
      const left = subscription.listeners.filter((each) => each.cookie !== cookie);
      if (left.length === subscription.listeners.length) continue;
      subscription.listeners = left;
      if (left.length > 0) continue;
      this.#options.log.info(`port ${subscription.port} is the target's again`);
      this.#forget(subscription);
    }
  }

  /** The listener that gets what came for the subscription whose stream has this id. */
  listenerFor(streamId: number): OwnSocket | null {
    for (const { stream, listeners } of this.#ports.values()) {
      if (stream?.id === streamId) return listeners.at(-1) ?? null;
    }
    return null;
  }

  /** A new session at the agent knows nothing of the old one's subscriptions. */
  rearm(): void {
    for (const subscription of this.#ports.values()) {
      if (subscription.stream === null) subscription.outcome = this.#subscribe(subscription);
    }
  }

  async #subscribe(subscription: Subscription): Promise<number> {
    const errno = await this.#ask(subscription);
    if (errno !== 0) this.#forget(subscription);
    return errno;
  }

  async #ask(subscription: Subscription): Promise<number> {
    const { link, log, mode, warn } = this.#options;
    const { port } = subscription;
    try {
      const { stream, reply } = await link.open("subscribe", { port, mode: mode === "mirror" ? 1 : 2 }, {
        // Its first connection may come before the reply.
        onOpened: (opened) => subscription.stream = opened,
      });
      if ("taken" in reply) {
        warn(`port ${port} of the target is taken by ${reply.taken.holder}`);
        return Errno.EADDRINUSE;
      }
      if ("failed" in reply) {
        warn(`incoming traffic of port ${port} cannot be had: ${reply.failed.reason}`);
        return reply.failed.errno || Errno.EIO;
      }
      log.info(`subscribed port ${port} (${mode}, ${reply.ok.diversion})`);
      this.#watch(subscription, stream);
      return 0;
    } catch (error) {
      warn(`incoming traffic of port ${port} cannot be had: ${error}`);
      return errnoOf(error);
    }
  }

  /** Notices that the agent gives a subscription up. */
  async #watch(subscription: Subscription, stream: Stream): Promise<void> {
    let reason = "the agent has ended it";
    try {
      while (await stream.read() !== null);
    } catch (error) {
      if (error instanceof StreamError && error.code === StreamCode.sessionEnded) {
        if (subscription.stream === stream) subscription.stream = null;
        return;
      }
      reason = error instanceof Error ? error.message : String(error);
    }
    if (this.#ports.get(subscription.port) !== subscription || subscription.stream !== stream) return;
    this.#options.warn(`incoming traffic of port ${subscription.port} has ended: ${reason}`);
    this.#forget(subscription);
  }

  #forget(subscription: Subscription): void {
    if (this.#ports.get(subscription.port) === subscription) this.#ports.delete(subscription.port);
    subscription.stream?.end();
    subscription.stream = null;
  }
}
