/** Notices when programs' sockets go away, though no close() of theirs is seen. */
import type { Poller } from "../system/poller.ts";
import { type SocketLookup, watchDestroyedSockets } from "../system/sock_diag.ts";
import type { Log } from "./log.ts";

/** How often listeners are looked for where the kernel does not announce ended sockets. */
const pollIntervalMs = 1000;

export interface SocketWatchOptions {
  poller: Poller;
  lookup: SocketLookup;
  log: Log;
  onGone(cookie: bigint): void;
  /** The cookies of the listeners that are believed to exist. */
  listeners(): bigint[];
}

export interface SocketWatch {
  /** Looks now: what the kernel announces may be on its way yet. */
  check(): void;
  stop(): void;
}

/** Begins to watch. */
export function watchSockets(options: SocketWatchOptions): SocketWatch {
  const check = () => checkListeners(options);
  try {
    return { check, stop: watchDestroyedSockets(options.poller, { onDestroyed: options.onGone, onMissed: check }) };
  } catch (error) {
    options.log.warn(`${error}; looking for ended listeners every ${pollIntervalMs} ms`);
    const timer = setInterval(check, pollIntervalMs);
    return { check, stop: () => clearInterval(timer) };
  }
}

function checkListeners({ lookup, listeners, onGone, log }: SocketWatchOptions): void {
  const believed = listeners();
  if (believed.length === 0) return;
  const existing = lookup.listeners();
  if (existing === null) return log.debug("the kernel does not list its listeners");
  for (const cookie of believed) if (!existing.has(cookie)) onGone(cookie);
}
