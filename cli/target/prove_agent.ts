/** Finding out whether an agent serves already. */
import { endSession } from "../../protocol/link/client.ts";
import { LinkError } from "../../protocol/link/errors.ts";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { MirrordError } from "../error.ts";

/** An agent listens from its first moment, so that asking often costs little and loses no time. */
const attemptIntervalMs = 60;
const sessionIdBytes = 16;

export interface Proof {
  dial(): Promise<Tunnel>;
  token: Uint8Array;
  /** Whether a failed dial will go on failing. */
  isFinal(error: unknown): boolean;
  signal: AbortSignal;
}

/**
 * Asks for the end of a session that doesn't exist, which only a ready agent with this token can answer, until there is an
 * answer or the signal is aborted.
 *
 * @throws {MirrordError} when the agent speaks another version, or what `dial` throws finally
 */
export async function proveAgent({ dial, token, isFinal, signal }: Proof): Promise<void> {
  const nobody = crypto.getRandomValues(new Uint8Array(sessionIdBytes));
  while (!signal.aborted) {
    try {
      await endSession(dial, token, nobody);
      return;
    } catch (error) {
      if (error instanceof LinkError && (error.kind === "version" || error.kind === "token")) throw refused(error);
      if (!(error instanceof LinkError) && isFinal(error)) throw error;
    }
    await sleep(attemptIntervalMs, signal);
  }
}

function refused(error: LinkError): MirrordError {
  return new MirrordError("the agent refused us", {
    cause: error,
    help: "An agent of another version? Its image is agent.image; the default one belongs to this mirrord.",
  });
}

/** Waits, but not longer than the signal lets it. */
export function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
  });
}
