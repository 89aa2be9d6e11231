/** TCP connections of the program that leave from the target. */
import { Errno } from "../../system/errno.ts";
import { isUnspecified, loopbackLike, mapped, type SocketAddress, unmapped } from "../../system/address.ts";
import type { Poller } from "../../system/poller.ts";
import type { SocketLookup } from "../../system/sock_diag.ts";
import { SOCK_DGRAM, SOCK_STREAM } from "../../system/socket.ts";
import { type Stream, StreamError } from "../../../protocol/link/mod.ts";
import type { AgentLink } from "../agent_link.ts";
import { errnoOf } from "../errno_of.ts";
import type { Log } from "../log.ts";
import { relay } from "../relay.ts";
import type { SessionTable } from "../table.ts";
import { Holders } from "./holder.ts";
import { type AnswerQuestion, relayQuestions } from "./questions.ts";
import { Rendezvous } from "./rendezvous.ts";

/** A layer tells of its connect() within microseconds; when it has died instead, nobody will. */
const startTimeoutMs = 10_000;

/** What outgoing connections of all kinds are made with. */
export interface OutgoingParts {
  link: AgentLink;
  table: SessionTable;
  poller: Poller;
  lookup: SocketLookup;
  log: Log;
}

/** One connect() of the program. */
export interface ConnectCall {
  id: bigint;
  cookie: bigint;
  destination: SocketAddress;
  boundTo: SocketAddress | null;
  /** The process that called, as it said when it joined. */
  pid: number;
}

/** Without a stream all is answered here. */
type Connected = { stream: Stream | null; local: SocketAddress; peer: SocketAddress };
type Outcome = Connected | { errno: number; reason: string };

/** Which destinations are name servers whose questions are answered here, some or all; null for all others. */
export type QuestionsTo = (destination: SocketAddress) => { answer: AnswerQuestion; isAnsweredHere: boolean } | null;

interface Attempt extends ConnectCall {
  rendezvous: Rendezvous;
  outcome: Promise<Outcome>;
  askedAtMs: number;
  /** The agent's stream, as soon as it is opened. */
  stream: Stream | null;
  isAbandoned: boolean;
}

/** Asks the agent for a connection; every failure is an errno. `onOpened` learns of the stream before the reply. */
export async function connectAtTarget(
  link: AgentLink,
  socketType: number,
  destination: SocketAddress,
  onOpened: (stream: Stream) => void = () => {},
): Promise<{ stream: Stream; local: SocketAddress; peer: SocketAddress } | { errno: number; reason: string }> {
  try {
    const body = { socketType, destination: unmapped(destination) };
    const { stream, reply } = await link.open("connect", body, { lossy: socketType === SOCK_DGRAM, onOpened });
    if ("ok" in reply) return { stream, ...reply.ok };
    stream.reset(0);
    return reply.failed;
  } catch (error) {
    const errno = error instanceof StreamError ? errnoOf(error) : Errno.ENETUNREACH;
    return { errno, reason: String(error) };
  }
}

export class OutgoingTcp {
  readonly #parts: OutgoingParts;
  readonly #holders = new Holders();
  /** Asked for, and the program's own connect() not begun yet; oldest first. */
  readonly #asked = new Map<bigint, Attempt>();
  /** Begun, by cookie: until the agent's answer. */
  readonly #started = new Map<bigint, Attempt>();

  readonly #questionsTo: QuestionsTo;

  constructor(parts: OutgoingParts, questionsTo: QuestionsTo) {
    this.#parts = parts;
    this.#questionsTo = questionsTo;
  }

  has(id: bigint): boolean {
    return this.#asked.has(id);
  }

  /** Begins the agent's connection; the program is to connect to the returned address. Throws `SystemError`. */
  connect(call: ConnectCall): SocketAddress {
    this.#dropStale();
    const rendezvous = new Rendezvous(call.cookie, this.#holders.lend(call.destination, call.boundTo, call.pid));
    const outcome = this.#outcomeOf(call.destination, (stream) => {
      attempt.stream = stream;
      if (attempt.isAbandoned) stream.reset(Errno.ECONNABORTED);
    });
    const askedAtMs = performance.now();
    const attempt: Attempt = { ...call, rendezvous, outcome, askedAtMs, stream: null, isAbandoned: false };
    this.#asked.set(call.id, attempt);
    return "v6" in call.destination ? mapped(rendezvous.address) : rendezvous.address;
  }

  /**
   * The program's connect() has begun: resolves with its errno. Port 0: it has failed at once. `isWaiting`: the layer tells
   * the program itself.
   */
  async started(id: bigint, port: number, isWaiting: boolean): Promise<number> {
    const attempt = this.#asked.get(id);
    if (attempt === undefined) return Errno.ECONNABORTED;
    if (port === 0) {
      this.#abandon(attempt);
      return Errno.ECONNABORTED;
    }
    this.#asked.delete(id);
    this.#started.set(attempt.cookie, attempt);
    attempt.rendezvous.started(port, attempt.boundTo);
    const outcome = await attempt.outcome;
    if (this.#started.get(attempt.cookie) === attempt) this.#started.delete(attempt.cookie);
    if (attempt.isAbandoned) return Errno.ECONNABORTED;
    return "errno" in outcome ? this.#fail(attempt, outcome, isWaiting) : this.#complete(attempt, outcome);
  }

  /** The agent's connection; or none, to a name server that only this machine has. */
  #outcomeOf(destination: SocketAddress, onOpened: (stream: Stream) => void): Promise<Outcome> {
    if (!this.#questionsTo(destination)?.isAnsweredHere) {
      return connectAtTarget(this.#parts.link, SOCK_STREAM, destination, onOpened);
    }
    return Promise.resolve({ stream: null, local: loopbackLike(destination, 0), peer: destination });
  }

  /** The program's socket is gone: nobody waits for the agent's answer any more. */
  socketGone(cookie: bigint): void {
    const attempt = this.#started.get(cookie) ?? [...this.#asked.values()].find((each) => each.cookie === cookie);
    if (attempt !== undefined) this.#abandon(attempt);
  }

  /** Undecided connections are refused. */
  close(): void {
    this.#holders.close();
  }

  #fail(attempt: Attempt, { errno, reason }: { errno: number; reason: string }, isWaiting: boolean): number {
    const { table, lookup, log } = this.#parts;
    log.debug(`a connection was not made (errno ${errno}): ${reason}`);
    if (isWaiting) {
      attempt.rendezvous.close();
    } else {
      table.updateSocket(attempt.cookie, { failure: errno });
      attempt.rendezvous.refuse(lookup, attempt.pid);
    }
    return errno;
  }

  async #complete(attempt: Attempt, outcome: Connected): Promise<number> {
    const { table, lookup, poller, log } = this.#parts;
    const peer = isUnspecified(attempt.destination) ? outcome.peer : attempt.destination;
    // Known before the program is woken up: it may ask at once.
    table.updateSocket(attempt.cookie, { connected: { local: outcome.local, peer } });
    try {
      const connection = await attempt.rendezvous.complete(lookup, poller);
      const questions = this.#questionsTo(attempt.destination);
      if (questions !== null) relayQuestions(connection, outcome.stream, questions.answer);
      else if (outcome.stream !== null) relay(connection, outcome.stream);
      return 0;
    } catch (error) {
      log.debug(`the program's side of a connection was not there any more: ${error}`);
      table.forgetSocket(attempt.cookie);
      outcome.stream?.reset(Errno.ECONNABORTED);
      return Errno.ECONNABORTED;
    }
  }

  #abandon(attempt: Attempt): void {
    attempt.isAbandoned = true;
    attempt.stream?.reset(Errno.ECONNABORTED, "the program does not wait any more");
    attempt.rendezvous.close();
    this.#asked.delete(attempt.id);
    if (this.#started.get(attempt.cookie) === attempt) this.#started.delete(attempt.cookie);
  }

  #dropStale(): void {
    for (const attempt of this.#asked.values()) {
      if (performance.now() - attempt.askedAtMs < startTimeoutMs) return;
      this.#abandon(attempt);
    }
  }
}
