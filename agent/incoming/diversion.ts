/**
 * How new connections to a port of the target come to us instead. There are several ways, which differ in what kernel and
 * which rights they need; each leaves existing connections alone, catches loopback and the pod's own addresses, touches
 * only what is delivered here, keeps both addresses true, and ends with this process however it ends.
 */
import { EPERM } from "../system/errno.ts";
import { SystemError } from "../system/system_error.ts";

/** A diversion in force. Every call is one or two system calls (tens of microseconds), so nothing is waited for. */
export interface Diversion {
  /** For people: `sk_lookup`, `nftables (owned table)`, … */
  readonly name: string;
  /** New connections to `port` come to our listeners from now on. Throws `SystemError`. */
  divert(port: number): void;
  /** New connections go to the target again. */
  release(port: number): void;
  /** Lets the connection that `socket`, not yet bound, will make pass to the target. Call the answer once it is there. */
  exempt(socket: number, family: number): () => void;
  /** Releases every port and removes all that was made. */
  close(): void;
}

/** A listener on loopback: the kernel hands it connections to other addresses, whose local address is the true one. */
export interface DiversionListener {
  readonly fd: number;
  readonly port: number;
}

export interface DiversionListeners {
  readonly v4?: DiversionListener;
  readonly v6?: DiversionListener;
}

export interface DiversionMaker {
  readonly name: string;
  /** Throws `SystemError` when this kernel or our rights do not allow it. */
  make(listeners: DiversionListeners): Diversion;
}

/** No maker works here. The message holds the kernel's reason for each. */
export class DiversionUnavailableError extends Error {
  override readonly name = "DiversionUnavailableError";

  /** `errno`: of the last maker, the one that needs least. */
  constructor(reasons: readonly string[], readonly errno: number) {
    super(`This target's traffic cannot be stolen: ${reasons.join("; ")}`);
  }
}

/** Makes the first diversion that works. Throws `DiversionUnavailableError`. */
export function makeDiversion(makers: readonly DiversionMaker[], listeners: DiversionListeners): Diversion {
  const reasons: string[] = [];
  let errno = 0;
  for (const maker of makers) {
    try {
      return maker.make(listeners);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      errno = error.errno;
      reasons.push(`${maker.name}: ${error.message}${adviceFor(errno)}`);
    }
  }
  throw new DiversionUnavailableError(reasons, errno);
}

function adviceFor(errno: number): string {
  return errno === EPERM ? ", the agent has no CAP_NET_ADMIN over the target's network" : "";
}
