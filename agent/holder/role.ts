import type { Tunnel } from "../../protocol/link/mod.ts";

/** What an agent is to the others in its network namespace; where its control socket's tunnels go. */
export interface Role {
  /** For the log. */
  readonly what: string;
  /** Serves a tunnel until it ends. Never rejects. */
  accept(tunnel: Tunnel): Promise<void>;
  /** Resolves when the role can't be played any more. */
  readonly lost: Promise<void>;
  close(): void;
}
