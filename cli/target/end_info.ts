/** How the guardian reaches the agent when the internal proxy is dead. */
import { connTunnel, type Tunnel } from "../../protocol/link/tunnel.ts";
import type { TcpAddress } from "./tcp_target.ts";
import type { EngineRelay } from "./engine.ts";
import type { PodPort } from "../kube/port_forward.ts";

/** JSON. It holds no credentials: those are read again from where the user keeps them. */
export type EndInfo =
  | { kind: "local"; socket: string }
  | { kind: "tcp"; address: TcpAddress }
  | { kind: "engine"; relay: EngineRelay }
  | { kind: "kubernetes"; pod: PodPort };

/** Makes one tunnel. Nothing is started for it: without an agent there is no session to end. */
export async function dialToEnd(info: EndInfo): Promise<Tunnel> {
  switch (info.kind) {
    case "local":
      return connTunnel(await Deno.connect({ transport: "unix", path: `\0${info.socket}` }));
    case "tcp":
      return await (await import("./tcp_target.ts")).dialTcp(info.address);
    case "engine":
      return (await import("./engine.ts")).dialThroughEngine(info.relay);
    case "kubernetes":
      return await (await import("../kube/port_forward.ts")).dialPodPort(info.pod);
  }
}
