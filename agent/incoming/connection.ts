/** Connections of Deno's, and what they do not tell by themselves. */
import type { Stream } from "../../protocol/link/stream.ts";
import { relay } from "../relay.ts";
import { findDescriptor, resetConnection } from "../system/socket.ts";
import { parseAddress } from "../system/socket_address.ts";
import type { Endpoints } from "./client.ts";

export function endpointsOf({ localAddr, remoteAddr }: Deno.TcpConn): Endpoints {
  return {
    source: parseAddress(remoteAddr.hostname, remoteAddr.port),
    destination: parseAddress(localAddr.hostname, localAddr.port),
  };
}

/** Carries a connection's bytes until both directions have ended, and closes it. Never rejects. */
export async function relayConnection(connection: Deno.TcpConn, stream: Stream): Promise<void> {
  let isOpen = true;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  await relay(connection, stream, () => {
    if (isOpen) reset(connection);
    close();
  });
  close();
}

/** Lets the client see a broken connection as such, where an ordinary end would look like a complete answer. */
export function reset(connection: Deno.TcpConn): void {
  const { source, destination } = endpointsOf(connection);
  const fd = findDescriptor(destination, source);
  if (fd !== null) resetConnection(fd);
}
