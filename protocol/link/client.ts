import {
  dialTimeoutMs,
  handshakeTimeoutMs,
  leaseMs as defaultLeaseMs,
  redialBesideMs,
  redialDelaysMs,
  redialTimeoutsMs,
} from "../limits.ts";
import { asLinkError } from "./carrier.ts";
import { type Clock, delay, systemClock, withTimeout } from "./clock.ts";
import { LinkError } from "./errors.ts";
import {
  type Answer,
  decodeAnswer,
  encodeHello,
  type HelloKind,
  linkVersion,
  readHead,
  refusal,
  sessionIdBytes,
} from "./hello.ts";
import { Session } from "./session.ts";
import type { Tunnel } from "./tunnel.ts";

/** Makes a new tunnel to the agent; `signal` says that it is no longer wanted. */
export type Dial = (signal: AbortSignal) => Promise<Tunnel>;

export interface ConnectOptions {
  dial: Dial;
  token: Uint8Array;
  /** Who we are to others, as `user@host`. */
  holder: string;
  /** How long the session lives without a tunnel; 60 s unless told. */
  leaseMs?: number;
  /** Tunnels to keep open at the same time; 1 unless told. */
  tunnels?: number;
  clock?: Clock;
  /** 16 random bytes; drawn here unless told. */
  sessionId?: Uint8Array;
}

/** A tunnel the other end has accepted. */
interface Accepted {
  epoch: number;
  tunnel: Tunnel;
  answer: Answer;
  rest: Uint8Array;
}

/**
 * Dials, says hello, and gives the session, which dials again by itself whenever it lost its tunnel.
 *
 * @throws {LinkError} "version", "token", "busy", "tunnel" or "malformed"; or what `dial` throws
 */
export async function connectSession(options: ConnectOptions): Promise<Session> {
  const clock = options.clock ?? systemClock;
  const id = options.sessionId ?? crypto.getRandomValues(new Uint8Array(sessionIdBytes));
  const session = new Session({ side: "client", id, leaseMs: options.leaseMs ?? defaultLeaseMs, clock });
  const dialler = new Dialler(session, options, clock);
  try {
    await dialler.connect();
  } catch (error) {
    session.finish({ kind: "refused", reason: asLinkError(error).message });
    throw error;
  }
  return session;
}

/** Keeps a session in tunnels until it is over. */
class Dialler {
  #session: Session;
  #options: ConnectOptions;
  #clock: Clock;
  /** Aborted when the session is over. */
  readonly #over = new AbortController();
  #epoch = 0;
  #dialling = false;
  /** Dials in a row that brought no lasting tunnel. */
  #failures = 0;
  #attachedMs = 0;

  constructor(session: Session, options: ConnectOptions, clock: Clock) {
    this.#session = session;
    this.#options = options;
    this.#clock = clock;
    session.ended.then(() => this.#over.abort(new LinkError("ended", "The session has ended")));
  }

  async connect(): Promise<void> {
    const accepted = await this.#attempt("open", dialTimeoutMs, this.#over.signal);
    this.#session.leaseMs = accepted.answer.leaseMs;
    this.#attach(accepted);
    this.#session.onTunnelLost = () => this.#lost();
    this.#keep();
  }

  /** Dials until there are as many tunnels as wanted. Runs once at a time. */
  async #keep(): Promise<void> {
    if (this.#dialling) return;
    this.#dialling = true;
    const enough = new AbortController();
    while (this.#isWanting) {
      const wait = redialDelaysMs[Math.min(this.#failures, redialDelaysMs.length - 1)]!;
      if (wait > 0) await delay(this.#clock, wait, this.#over.signal);
      if (this.#isWanting) await this.#again(AbortSignal.any([this.#over.signal, enough.signal]));
    }
    enough.abort(new LinkError("tunnel", "Another dial was faster"));
    this.#dialling = false;
  }

  /** Resolves when the dial has ended; or when it is late, so that the next may begin beside it: packets may be lost now. */
  async #again(signal: AbortSignal): Promise<void> {
    const timeout = redialTimeoutsMs[Math.min(this.#failures, redialTimeoutsMs.length - 1)]!;
    this.#failures++;
    const ended = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(redialBesideMs, ended.resolve);
    this.#resume(timeout, signal).finally(ended.resolve);
    await ended.promise;
    this.#clock.clearTimer(timer);
  }

  /** Never rejects. */
  async #resume(timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      this.#attach(await this.#attempt("resume", timeoutMs, signal));
    } catch (error) {
      const { kind, message: reason } = asLinkError(error);
      if (kind === "unknown-session") this.#session.finish({ kind: "lost", reason });
      if (kind === "version" || kind === "token") this.#session.finish({ kind: "refused", reason });
    }
  }

  #attach({ tunnel, epoch, rest }: Accepted): void {
    this.#attachedMs = this.#clock.now();
    if (this.#session.attach(tunnel, epoch, rest) === null) tunnel.close();
  }

  /** After a tunnel that lived for a while the next dial is immediate again. */
  #lost(): void {
    if (this.#clock.now() - this.#attachedMs >= redialDelaysMs.at(-1)!) this.#failures = 0;
    this.#keep();
  }

  get #isWanting(): boolean {
    return !this.#session.finished && this.#session.tunnelCount < (this.#options.tunnels ?? 1);
  }

  async #attempt(kind: HelloKind, timeoutMs: number, signal: AbortSignal): Promise<Accepted> {
    const epoch = ++this.#epoch;
    const { token, holder, dial } = this.#options;
    const { id, leaseMs } = this.#session;
    const tunnel = await dialWithin(dial, timeoutMs, this.#clock, signal);
    const hello = encodeHello({ kind, session: id, epoch, leaseMs, token, holder });
    return { epoch, ...await greet(tunnel, hello, this.#clock, signal) };
  }
}

/** Dials; a tunnel that comes too late is closed. */
async function dialWithin(dial: Dial, timeoutMs: number, clock: Clock, over?: AbortSignal): Promise<Tunnel> {
  const cancel = new AbortController();
  const dialled = dial(cancel.signal);
  try {
    return await withTimeout(clock, timeoutMs, dialled, () => new LinkError("tunnel", "Dialling took too long"), over);
  } catch (error) {
    cancel.abort(error);
    dialled.then((tunnel) => tunnel.close(), () => {});
    throw error;
  }
}

/** Says hello and waits for the answer. Closes the tunnel unless it was accepted. */
async function greet(
  tunnel: Tunnel,
  hello: Uint8Array,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Omit<Accepted, "epoch">> {
  const late = () => new LinkError("tunnel", "The agent did not answer the hello in time");
  try {
    const exchange = tunnel.write(hello).then(() => readHead(tunnel));
    const { version, body, rest } = await withTimeout(clock, handshakeTimeoutMs, exchange, late, signal);
    const answer = decodeAnswer(version, body);
    if (answer.status !== "ok") throw refusal(answer);
    if (version !== linkVersion) throw new LinkError("version", `The agent speaks version ${version} of the link`);
    return { tunnel, answer, rest };
  } catch (error) {
    tunnel.close();
    throw asLinkError(error);
  }
}

export interface EndOptions {
  clock?: Clock;
  reason?: string;
}

/**
 * Says end for a session over a tunnel of its own, as its guardian does when the client has died. False when the agent
 * does not know the session (any more).
 *
 * @throws {LinkError} as `connectSession`; or what `dial` throws
 */
export async function endSession(
  dial: Dial,
  token: Uint8Array,
  sessionId: Uint8Array,
  options: EndOptions = {},
): Promise<boolean> {
  const clock = options.clock ?? systemClock;
  const tunnel = await dialWithin(dial, dialTimeoutMs, clock);
  const hello = { kind: "end", session: sessionId, epoch: 0, leaseMs: 0, token, holder: options.reason ?? "" } as const;
  try {
    await greet(tunnel, encodeHello(hello), clock);
    return true;
  } catch (error) {
    if (error instanceof LinkError && error.kind === "unknown-session") return false;
    throw error;
  } finally {
    tunnel.close();
  }
}
