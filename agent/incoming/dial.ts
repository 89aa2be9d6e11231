/** Connections of the agent's own to the target's diverted ports. */
import { ECANCELED } from "../system/errno.ts";
import {
  closeDescriptor,
  isWritable,
  localAddressOf,
  openTcpSocket,
  pendingError,
  startConnect,
} from "../system/socket.ts";
import { AF_INET, AF_INET6, type InternetAddress } from "../system/socket_address.ts";
import { SystemError } from "../system/system_error.ts";
import type { AdoptedConnection } from "./adopted_connection.ts";
import type { Diversion } from "./diversion.ts";

/** The target answers at once, unless its listener's queue is full. */
const LOOK_AGAIN_MS = [0, 1, 2, 5, 10, 20];

export interface DialledConnection {
  readonly connection: AdoptedConnection;
  readonly local: InternetAddress;
}

/** Connects past the diversion. Throws `SystemError` with the true errno, `ECANCELED` when `signal` gives it up. */
export async function dialPast(
  diversion: Diversion,
  destination: InternetAddress,
  signal?: AbortSignal,
): Promise<DialledConnection> {
  // Imported only now: it takes 40 ms, and few sessions need it.
  const { AdoptedConnection } = await import("./adopted_connection.ts");
  const family = "v4" in destination ? AF_INET : AF_INET6;
  const socket = openTcpSocket(family);
  try {
    await connectExempt(diversion, socket, family, destination, signal);
    return { local: localAddressOf(socket), connection: new AdoptedConnection(socket) };
  } catch (error) {
    closeDescriptor(socket);
    throw error;
  }
}

async function connectExempt(
  diversion: Diversion,
  socket: number,
  family: number,
  destination: InternetAddress,
  signal?: AbortSignal,
): Promise<void> {
  const undo = diversion.exempt(socket, family);
  try {
    startConnect(socket, destination);
    for (let looks = 0; !isWritable(socket); looks++) {
      if (signal?.aborted) throw new SystemError("connect", ECANCELED);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS[Math.min(looks, LOOK_AGAIN_MS.length - 1)]));
    }
    const errno = pendingError(socket);
    if (errno !== 0) throw new SystemError("connect", errno);
  } finally {
    undo();
  }
}
