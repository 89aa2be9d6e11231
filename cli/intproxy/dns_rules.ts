/** `feature.network.dns`: which names are resolved at the target. */
import type { AddressFilter } from "../../config/address_filter.ts";
import { type OutgoingFilter, sameName } from "./outgoing/filter.ts";

export interface DnsRules {
  /** `feature.network.dns.filter`; null: every name is the target's. */
  filter: OutgoingFilter | null;
  /** Names of `feature.network.outgoing.filter` are resolved on the side that they are reached from. */
  outgoing: OutgoingFilter | null;
  /** False: programs cannot have sockets of IPv6, and are told no such addresses. */
  ipv6: boolean;
}

/** Whether the target is asked for `name`. `port`: of the service that is looked for with it, 0 for none. */
export function isResolvedAtTarget(name: string, port: number, { filter, outgoing }: DnsRules): boolean {
  const isListed = (list: OutgoingFilter | null) => list?.entries.some((entry) => isNamed(entry, name, port)) ?? false;
  if (isListed(filter)) return filter!.side === "remote";
  if (isListed(outgoing)) return outgoing!.side === "remote";
  return filter === null || filter.side === "local";
}

function isNamed({ host, port }: AddressFilter, name: string, wantedPort: number): boolean {
  if (port !== null && port !== wantedPort) return false;
  if (host === null) return port !== null;
  return sameName(host.kind === "name" ? host.name : host.address, name);
}
