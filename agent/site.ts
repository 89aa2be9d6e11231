/** One target and the clients that know its token. An agent has one of its own, and as holder one for each agent attached. */
import { type Session, type SessionInfo, SessionServer, type Tunnel } from "../protocol/link/mod.ts";
import { Client } from "./client.ts";
import { log } from "./log.ts";
import type { Services } from "./services.ts";

let clientsEver = 0;

export class Site {
  readonly #services: Services;
  readonly #server: SessionServer;
  readonly #onSessions: () => void;
  #sessions = 0;

  /** `tokenHash`: SHA-256. `onSessions` is called whenever `sessions` has changed. */
  constructor(tokenHash: Uint8Array, services: Services, onSessions: () => void) {
    this.#services = services;
    this.#onSessions = onSessions;
    this.#server = new SessionServer({ tokenHash, onSession: (session, info) => void this.#serve(session, info) });
  }

  /** How many sessions there are, suspended ones among them. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Serves a tunnel until it ends. Never rejects. */
  accept(tunnel: Tunnel): Promise<void> {
    return this.#server.accept(tunnel);
  }

  /** Ends all sessions, telling their clients why. */
  end(reason: string): Promise<void> {
    return this.#server.end(reason);
  }

  async #serve(session: Session, info: SessionInfo): Promise<void> {
    const client = new Client(++clientsEver, info.holder, session, this.#services);
    log.info(`session ${client.id} of ${client.holder} has begun`);
    this.#count(1);
    await client.serve();
    this.#count(-1);
  }

  #count(change: number): void {
    this.#sessions += change;
    this.#onSessions();
  }
}
