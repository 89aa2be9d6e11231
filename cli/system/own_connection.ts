/** Options of connections that Deno owns, whose descriptors it doesn't show. */
import { portOf } from "./address.ts";
import { localAddress, peerAddress, sendAtOnce } from "./socket.ts";

/** Both ends of a connection, as `Deno.Conn` has them. */
export interface ConnectionEnds {
  localAddr: Deno.NetAddr;
  remoteAddr: Deno.NetAddr;
}

/**
 * Turns Nagle's algorithm off, as `Deno.TcpConn.setNoDelay` does; `Deno.TlsConn` has no such method. Without it a small write
 * waits for the acknowledgement of the one before, which the peer may hold back for 40 ms.
 */
export function sendConnectionAtOnce(ends: ConnectionEnds): void {
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (isConnection(fd, ends)) return sendAtOnce(fd);
  }
}

function isConnection(fd: number, { localAddr, remoteAddr }: ConnectionEnds): boolean {
  try {
    return portOf(localAddress(fd)) === localAddr.port && portOf(peerAddress(fd)) === remoteAddr.port;
  } catch {
    return false; // no socket, or none that is connected
  }
}
