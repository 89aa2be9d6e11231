/** Which listeners of the program get the target's traffic, and whose traffic that is. */
import { isLoopback, portOf, type SocketAddress } from "../../system/address.ts";
import type { PortRange } from "../outgoing/decide.ts";

export interface IncomingRules {
  mode: "off" | "mirror" | "steal";
  /** Listeners on the loopback address stay local. */
  ignoreLocalhost: boolean;
  /** Ports that stay local. */
  ignorePorts: number[];
  /** The only ports that are served; null: all. */
  onlyPorts: number[] | null;
  debuggerPorts: PortRange[];
  /** Pairs of the program's port and the target's port whose traffic it gets. */
  portMapping: [local: number, remote: number][];
  /** Ports with an actual port of their own: those are always served. */
  listenPorts: number[];
}

/** The target's port whose traffic a listener at `requested` gets, or null when it stays local. */
export function targetPort(requested: SocketAddress, rules: IncomingRules): number | null {
  const port = portOf(requested);
  if (rules.mode === "off" || port === 0) return null;
  const remote = rules.portMapping.find(([local]) => local === port)?.[1] ?? port;
  if (rules.listenPorts.includes(port)) return remote;
  const isExcluded = (rules.ignoreLocalhost && isLoopback(requested)) || rules.ignorePorts.includes(port) ||
    (rules.onlyPorts !== null && !rules.onlyPorts.includes(remote)) ||
    rules.debuggerPorts.some(({ first, last }) => port >= first && port <= last);
  return isExcluded ? null : remote;
}
