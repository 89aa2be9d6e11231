/** What the program listens on gets the target's traffic, and the program sees who is really behind each connection. */
import { AcceptedReply, ErrnoReply } from "../../../protocol/layer/messages.ts";
import type { Stream } from "../../../protocol/link/mod.ts";
import { formatAddress, portOf, type SocketAddress } from "../../system/address.ts";
import { Errno } from "../../system/errno.ts";
import type { Poller } from "../../system/poller.ts";
import type { AgentLink, IncomingHeader } from "../agent_link.ts";
import type { Log } from "../log.ts";
import { type Answer, answer, type RequestBody } from "../server.ts";
import type { SessionTable } from "../table.ts";
import { deliver } from "./delivery.ts";
import { OwnSockets } from "./listeners.ts";
import { type IncomingRules, targetPort } from "./ports.ts";
import { Sources } from "./sources.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface IncomingOptions {
  link: AgentLink;
  table: SessionTable;
  poller: Poller;
  rules: IncomingRules;
  log: Log;
  /** Something the user must know. */
  warn(text: string): void;
  /** Calls `socketGone` for listeners whose end the kernel has not announced yet. */
  lookForEnded(): void;
}

export class Incoming {
  readonly #options: IncomingOptions;
  readonly #sockets = new OwnSockets();
  readonly #sources = new Sources();
  readonly #subscriptions: Subscriptions;

  constructor(options: IncomingOptions) {
    this.#options = options;
    const { link, log, warn, rules } = options;
    this.#subscriptions = new Subscriptions({ link, log, warn, mode: rules.mode === "mirror" ? "mirror" : "steal" });
  }

  /** A socket was bound. With the actual port 0: it is about to be, elsewhere, unless the program itself has the address. */
  bound({ cookie, requested, actual }: RequestBody<"bound">): Answer {
    if (portOf(actual) === 0) {
      return answer(ErrnoReply, { errno: this.#isTaken(requested, cookie) ? Errno.EADDRINUSE : 0 });
    }
    this.#options.table.updateSocket(cookie, { bound: { requested, actual } });
    this.#sockets.add({ cookie, requested, actual, listening: false });
    return answer(ErrnoReply, { errno: 0 });
  }

  /** A program that is started again binds at once, maybe before the end of its predecessor's listener is announced. */
  #isTaken(requested: SocketAddress, cookie: bigint): boolean {
    if (!this.#sockets.isTaken(requested, cookie)) return false;
    this.#options.lookForEnded();
    return this.#sockets.isTaken(requested, cookie);
  }

  /** The program listens; answered when the target's traffic comes, or with the errno for the program's listen(). */
  async listen({ cookie, requested, actual }: RequestBody<"listen">): Promise<Answer> {
    const socket = { cookie, requested, actual, listening: true };
    this.#options.table.updateSocket(cookie, { bound: { requested, actual } });
    this.#sockets.add(socket);
    const port = targetPort(requested, this.#options.rules);
    this.#options.log.debug(`the program listens on ${formatAddress(requested)}, in fact ${formatAddress(actual)}`);
    if (port === null) return answer(ErrnoReply, { errno: 0 });
    return answer(ErrnoReply, { errno: await this.#subscriptions.add(port, socket) });
  }

  accepted({ cookie, peer, local }: RequestBody<"accepted">): Answer {
    const endpoints = this.#sources.find(peer, local);
    if (endpoints === null) return answer(AcceptedReply, { source: null, destination: null });
    this.#options.table.updateSocket(cookie, {
      connected: { local: endpoints.destination, peer: endpoints.source },
    });
    return answer(AcceptedReply, endpoints);
  }

  /** The agent has a connection for one of the subscribed ports. */
  receive(stream: Stream, header: IncomingHeader): void {
    const listener = this.#subscriptions.listenerFor(Number(header.subscription));
    if (listener === null) return stream.reset(Errno.ECONNREFUSED, "nobody listens any more");
    const { poller, log } = this.#options;
    if (log.writes("debug")) {
      log.debug(`${formatAddress(header.source)} connects to ${formatAddress(header.destination)}`);
    }
    deliver(stream, header, listener, { poller, log, sources: this.#sources });
  }

  /** The real address of the session's own socket that the program believes to be at this port. */
  ownListener(port: number, socketType: number): SocketAddress | null {
    return this.#sockets.find(port, socketType);
  }

  /** The cookies of all listeners that are believed to exist. */
  listeners(): bigint[] {
    return this.#sockets.listeners();
  }

  socketGone(cookie: bigint): void {
    this.#sockets.remove(cookie);
    this.#subscriptions.remove(cookie);
  }

  /** A new session stands at the agent. */
  rearm(): void {
    this.#subscriptions.rearm();
  }
}
