/** What went wrong between the two ends of a link. */
export type LinkErrorKind =
  /** The bytes are no frame, or a frame at a place where it must not be. */
  | "malformed"
  /** The peer sent more than it was granted, or contradicted itself. */
  | "violation"
  /** The other end speaks another version. */
  | "version"
  /** The token is not this agent's. */
  | "token"
  /** The other end has no such session (it was restarted, or the lease is over). */
  | "unknown-session"
  /** The other end has as many sessions or tunnels as it can hold. */
  | "busy"
  /** The tunnel was replaced by a later one before it was accepted. */
  | "stale"
  /** The tunnel ended or stayed silent. */
  | "tunnel"
  /** The session has ended. */
  | "ended"
  /** One of the bounds of `protocol/limits.ts`. */
  | "limit";

/** An error of the link itself; an error of one stream is a `StreamError`. */
export class LinkError extends Error {
  override name = "LinkError";
  constructor(readonly kind: LinkErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Codes the link itself resets streams with; those of its users are theirs (errno values, for example). */
export const StreamCode = {
  cancelled: 0,
  sessionEnded: 0x1_0001,
  refused: 0x1_0002,
  lost: 0x1_0003,
} as const;

/** A stream was reset, by either side, or its session has ended. */
export class StreamError extends Error {
  override name = "StreamError";
  constructor(readonly code: number, readonly reason: string) {
    super(reason === "" ? `The stream was reset (code ${code})` : reason);
  }
}

/** Why a session is over. */
export interface EndReason {
  kind:
    /** `end` was called on this side. */
    | "local"
    /** The peer, or its guardian, said end. */
    | "peer"
    /** A resume was answered: no such session. The agent was restarted; make a new session. */
    | "lost"
    /** No tunnel for as long as the lease. */
    | "expired"
    /** A resume was refused: version or token. */
    | "refused"
    /** The peer broke the protocol again and again. */
    | "violation";
  reason: string;
}
