/** `feature.network.outgoing.filter`: which destinations are reached from the target, and which from here. */
import type { AddressFilter } from "../../../config/address_filter.ts";
import { ipOf, portOf, type SocketAddress, unmapped } from "../../system/address.ts";
import { parseIp } from "../../system/ip_text.ts";
import { SOCK_DGRAM } from "../../system/socket.ts";

export interface OutgoingFilter {
  /** What its entries name; all else is on the other side. */
  side: "remote" | "local";
  entries: AddressFilter[];
}

/** What the filter must know of names. */
export interface FilterNames {
  /** The names that were resolved to this address in this session. */
  namesOf(ip: Uint8Array): string[];
  /** The addresses of a name, as the program would get them; empty when it has none. */
  addressesOf(name: string): Promise<Uint8Array[]>;
}

/** Whether a connection, or a datagram, to `destination` leaves from the target. */
export async function leavesFromTarget(
  filter: OutgoingFilter,
  destination: SocketAddress,
  socketType: number,
  names: FilterNames,
): Promise<boolean> {
  const protocol = socketType === SOCK_DGRAM ? "udp" : "tcp";
  const plain = unmapped(destination);
  for (const entry of filter.entries) {
    if (entry.protocol !== "any" && entry.protocol !== protocol) continue;
    if (entry.port !== null && entry.port !== portOf(plain)) continue;
    if (await isHost(entry.host, ipOf(plain), names)) return filter.side === "remote";
  }
  return filter.side !== "remote";
}

async function isHost(host: AddressFilter["host"], ip: Uint8Array, names: FilterNames): Promise<boolean> {
  if (host === null) return true;
  if (host.kind === "name") return await isNamed(host.name, ip, names);
  const wanted = parseIp(host.address);
  if (wanted.every((byte) => byte === 0) && host.kind === "address") return true;
  return isInSubnet(ip, wanted, host.kind === "subnet" ? host.prefix : wanted.length * 8);
}

async function isNamed(name: string, ip: Uint8Array, names: FilterNames): Promise<boolean> {
  if (names.namesOf(ip).some((known) => sameName(known, name))) return true;
  return (await names.addressesOf(name)).some((address) => isInSubnet(ip, address, address.length * 8));
}

/** Whether the first `prefix` bits of both are the same. */
export function isInSubnet(ip: Uint8Array, network: Uint8Array, prefix: number): boolean {
  if (ip.length !== network.length) return false;
  return ip.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === (network[index]! & mask);
  });
}

/** Names are the same whatever their case, and with or without the dot of the root. */
export function sameName(a: string, b: string): boolean {
  return a.replace(/\.$/, "").toLowerCase() === b.replace(/\.$/, "").toLowerCase();
}
