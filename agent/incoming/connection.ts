/** What a connection of Deno's does not tell by itself. */
import { findDescriptor } from "../system/socket.ts";
import { parseAddress } from "../system/socket_address.ts";
import type { Endpoints } from "./client.ts";

export function endpointsOf({ localAddr, remoteAddr }: Deno.TcpConn): Endpoints {
  return {
    source: parseAddress(remoteAddr.hostname, remoteAddr.port),
    destination: parseAddress(localAddr.hostname, localAddr.port),
  };
}

/** Its descriptor, null if it is closed. */
export function descriptorOf(connection: Deno.TcpConn): number | null {
  const { source, destination } = endpointsOf(connection);
  return findDescriptor(destination, source);
}
