/** Where a connection that the program makes goes to. */
import { formatAddress, isLoopback, isUnspecified, portOf, type SocketAddress } from "../../system/address.ts";
import { Errno } from "../../system/errno.ts";
import { SOCK_DGRAM } from "../../system/socket.ts";
import type { OutgoingFilter } from "./filter.ts";

/** A port range, both ends included. */
export interface PortRange {
  first: number;
  last: number;
}

export interface OutgoingRules {
  tcp: boolean;
  udp: boolean;
  /** Loopback destinations stay local. */
  ignoreLocalhost: boolean;
  /** Paths of unix sockets (`@name` for abstract ones) that are connected at the target. */
  unixStreams: RegExp[];
  /** Ports of the loopback address on which the user's debugger listens: they stay local. */
  debuggerPorts: PortRange[];
  /** Whether AF_INET6 destinations can be reached at all. */
  ipv6: boolean;
  /** Names are resolved at the target: so are the questions of programs that ask name servers by themselves. */
  dns: boolean;
  filter: OutgoingFilter | null;
}

export type Verdict = { failed: number } | { local: SocketAddress } | "remote";

/** Ports popular for talking to sidecars: they stay remote even inside a range of debugger ports. */
const neverDebugger = [50000, 50001];
const portDns = 53;

/**
 * Decides. `ownListener` gives the real address of a listener of this session that the program believes to be at the given
 * port, or null.
 */
export function decideOutgoing(
  destination: SocketAddress,
  socketType: number,
  rules: OutgoingRules,
  ownListener: (port: number, socketType: number) => SocketAddress | null,
): Verdict {
  const local = { local: destination };
  if ("unix" in destination) {
    const name = formatAddress(withoutTrailingZeros(destination));
    return socketType !== SOCK_DGRAM && rules.unixStreams.some((pattern) => pattern.test(name)) ? "remote" : local;
  }
  const port = portOf(destination);
  const asksNames = asksNameServer(destination, rules);
  if (isLoopback(destination) || isUnspecified(destination)) {
    if (rules.ignoreLocalhost && !asksNames) return local;
    const listener = ownListener(port, socketType);
    if (listener !== null) return { local: listener };
  }
  if (port === 0 || (isLoopback(destination) && isDebuggerPort(port, rules.debuggerPorts))) return local;
  const isServed = asksNames || (socketType === SOCK_DGRAM ? rules.udp : rules.tcp);
  if (!isServed) return local;
  return !rules.ipv6 && "v6" in destination ? { failed: Errno.ENETUNREACH } : "remote";
}

/** Whether this is a question to a name server, which is asked at the target whatever else stays local. */
export function asksNameServer(destination: SocketAddress, rules: OutgoingRules): boolean {
  return rules.dns && portOf(destination) === portDns;
}

function isDebuggerPort(port: number, ranges: PortRange[]): boolean {
  return !neverDebugger.includes(port) && ranges.some(({ first, last }) => port >= first && port <= last);
}

/** Programs often give the size of the whole address; the zeros at the end are no part of a path. */
export function withoutTrailingZeros(address: SocketAddress): SocketAddress {
  if (!("unix" in address) || address.unix.path[0] === 0) return address;
  const end = address.unix.path.indexOf(0);
  return end < 0 ? address : { unix: { path: address.unix.path.slice(0, end) } };
}

/** Reads `8000-8010,9000`: the form of MIRRORD_IGNORE_DEBUGGER_PORTS. Parts that are no ports are left out. */
export function parsePortRanges(text: string): PortRange[] {
  const ranges: PortRange[] = [];
  for (const part of text.split(",")) {
    const [, first, last] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    if (first !== undefined) ranges.push({ first: Number(first), last: Number(last ?? first) });
  }
  return ranges;
}
