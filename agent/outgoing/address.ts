/** Addresses of the protocol, as sockets of this process want and tell them. */
import type { Infer } from "../../protocol/schema.ts";
import type { SocketAddress as SocketAddressSchema } from "../../protocol/layer/messages.ts";
import { type InternetAddress, parseAddress } from "../system/socket_address.ts";

export type SocketAddress = Infer<typeof SocketAddressSchema>;

/** Null for a unix socket. */
export function internetAddress(address: SocketAddress): InternetAddress | null {
  if ("v4" in address) return { v4: { ...address.v4, address: Uint8Array.from(address.v4.address) } };
  if ("v6" in address) return { v6: { ...address.v6, address: Uint8Array.from(address.v6.address) } };
  return null;
}

/** An end of a TCP connection as Deno tells it. */
export function addressOfEnd(end: Deno.Addr): InternetAddress {
  const { hostname, port } = end as Deno.NetAddr;
  return parseAddress(hostname, port);
}

export const unnamedUnixSocket: SocketAddress = { unix: { path: new Uint8Array() } };
