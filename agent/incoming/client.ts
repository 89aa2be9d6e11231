/** Who traffic is fetched for, and what of the link is used for it. */
import type { Stream } from "../../protocol/link/stream.ts";
import type { InternetAddress } from "../system/socket_address.ts";

/** One session of the link. */
export interface Client {
  /** `user@host`, told to others who want the same port. */
  readonly holder: string;
  readonly session: { open(header: Uint8Array, options?: { lossy?: boolean }): Stream };
}

/** A port that a client wants, from its `subscribe` request until that request's stream ends. */
export interface Subscription {
  /** The id of the request's stream. */
  readonly id: number;
  readonly port: number;
  readonly client: Client;
  /** Ends the subscription from our side: what it was promised cannot be kept. */
  fail(errno: number, reason: string): void;
}

/** The two ends of a connection: `destination` is the address that the client meant. */
export interface Endpoints {
  readonly source: InternetAddress;
  readonly destination: InternetAddress;
}
