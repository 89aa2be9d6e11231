import {
  handshakeTimeoutMs,
  leaseMs as defaultLeaseMs,
  maximumHandshakes,
  maximumLeaseMs,
  maximumSessions,
} from "../limits.ts";
import { type Clock, systemClock, withTimeout } from "./clock.ts";
import { LinkError } from "./errors.ts";
import { decodeHello, encodeAnswer, type Head, type Hello, linkVersion, readHead, type Status } from "./hello.ts";
import { Session } from "./session.ts";
import type { Tunnel } from "./tunnel.ts";

export interface SessionInfo {
  /** Whose session it is, as `user@host`. */
  holder: string;
}

export interface ServerOptions {
  /** SHA-256 of the token that clients must know. */
  tokenHash: Uint8Array;
  /** The longest lease granted; 60 s unless told. */
  leaseMs?: number;
  /** Called for each new session, before any of its streams. */
  onSession(session: Session, info: SessionInfo): void;
  clock?: Clock;
  /** SHA-256; that of the web platform unless told. */
  digest?(bytes: Uint8Array): Promise<Uint8Array>;
}

const refusals: Record<Exclude<Status, "ok">, string> = {
  version: `The agent speaks version ${linkVersion} of the link`,
  token: "The token is not the one this agent was started with",
  "unknown-session": "The agent does not know the session",
  stale: "The session has a later connection",
  busy: `The agent has ${maximumSessions} sessions already`,
  malformed: "The hello could not be read",
};

/** The agent's end: accepts tunnels, and keeps the sessions they belong to. */
export class SessionServer {
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();
  #handshakes = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Number of sessions, suspended ones among them. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Serves a tunnel until it ends. Never rejects: a tunnel that is refused is told why and closed. */
  async accept(tunnel: Tunnel): Promise<void> {
    try {
      const head = await this.#handshake(tunnel);
      const status = head.version === linkVersion ? await this.#serve(tunnel, head) : "version";
      if (status !== "ok") await this.#answer(tunnel, status);
    } catch {
      // The tunnel broke, or what came is no hello: there is nobody to tell.
    } finally {
      tunnel.close();
    }
  }

  /** Ends all sessions. */
  async end(reason: string): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.end(reason)));
  }

  async #handshake(tunnel: Tunnel): Promise<Head> {
    if (this.#handshakes >= maximumHandshakes) throw new LinkError("busy", "Too many tunnels wait for their hello");
    this.#handshakes++;
    const late = () => new LinkError("tunnel", "The hello did not come in time");
    try {
      return await withTimeout(this.#clock, handshakeTimeoutMs, readHead(tunnel), late);
    } finally {
      this.#handshakes--;
    }
  }

  /** Does what the hello asks for; "ok" when the tunnel has been served to its end. */
  async #serve(tunnel: Tunnel, { body, rest }: Head): Promise<Status> {
    let hello: Hello;
    try {
      hello = decodeHello(body);
    } catch {
      return "malformed";
    }
    if (!await this.#knows(hello.token)) return "token";
    const known = this.#sessions.get(keyOf(hello.session));
    if (hello.kind === "end") {
      if (known === undefined) return "unknown-session";
      known.finish({ kind: "peer", reason: hello.holder || "The client is gone" });
      await this.#answer(tunnel, "ok");
      return "ok";
    }
    if (known === undefined && hello.kind === "resume") return "unknown-session";
    if (known === undefined && this.#sessions.size >= maximumSessions) return "busy";
    return await this.#attach(tunnel, known ?? this.#open(hello), hello.epoch, rest);
  }

  async #attach(tunnel: Tunnel, session: Session, epoch: number, rest: Uint8Array): Promise<Status> {
    if (!session.accepts(epoch)) return "stale";
    await this.#answer(tunnel, "ok", session.leaseMs);
    const running = session.attach(tunnel, epoch, rest);
    await running;
    return "ok";
  }

  #open(hello: Hello): Session {
    const leaseMs = Math.min(hello.leaseMs, this.#options.leaseMs ?? defaultLeaseMs, maximumLeaseMs);
    const session = new Session({ side: "server", id: hello.session, leaseMs, clock: this.#clock });
    const key = keyOf(hello.session);
    this.#sessions.set(key, session);
    session.ended.then(() => this.#sessions.delete(key));
    try {
      this.#options.onSession(session, { holder: hello.holder });
    } catch (error) {
      session.finish({ kind: "local", reason: "The session could not be taken" });
      reportError(error);
    }
    return session;
  }

  async #answer(tunnel: Tunnel, status: Status, leaseMs = 0): Promise<void> {
    const reason = status === "ok" ? "" : refusals[status];
    const late = () => new LinkError("tunnel", "The answer to the hello could not be sent");
    await withTimeout(this.#clock, handshakeTimeoutMs, tunnel.write(encodeAnswer(status, leaseMs, reason)), late);
  }

  async #knows(token: Uint8Array): Promise<boolean> {
    const hash = await (this.#options.digest ?? sha256)(token);
    const expected = this.#options.tokenHash;
    let difference = hash.length ^ expected.length;
    for (let i = 0; i < hash.length; i++) difference |= hash[i]! ^ expected[i]!;
    return difference === 0;
  }
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
}

/** A session's id as text. */
function keyOf(id: Uint8Array): string {
  return id.toHex();
}
