/** A tunnel to a port of a pod: Kubernetes' port-forward over a WebSocket, in the best of the protocols the server knows. */
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { ApiServer, UpgradeRefused } from "./api_server.ts";
import { findCredentials, type KubeconfigOptions } from "./kubeconfig.ts";
import { apiErrorOf, explain } from "./api_error.ts";
import { channelProtocol, ChannelTunnel } from "./channel_tunnel.ts";
import { spdyProtocol, SpdyTunnel } from "./spdy_tunnel.ts";
import { WebSocketChannel } from "./websocket.ts";

/** Where an agent listens, and how to get there. */
export interface PodPort {
  kubeconfig: KubeconfigOptions;
  namespace: string;
  pod: string;
  port: number;
}

/** Servers before Kubernetes 1.31 know the second alone. */
const protocols = [spdyProtocol, channelProtocol];

/** Connects by the user's kubeconfig alone. */
export async function dialPodPort({ kubeconfig, namespace, pod, port }: PodPort): Promise<Tunnel> {
  return await forwardPort(new ApiServer(await findCredentials(kubeconfig)), namespace, pod, port);
}

/**
 * Resolves when the API server has agreed; whether somebody listens at the port shows at the first read.
 *
 * @throws {MirrordError}
 */
export async function forwardPort(server: ApiServer, namespace: string, pod: string, port: number): Promise<Tunnel> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`;
  try {
    const connection = await server.upgrade(path, protocols);
    const channel = new WebSocketChannel(connection);
    if (connection.protocol !== spdyProtocol) return new ChannelTunnel(channel);
    return await SpdyTunnel.open(channel, port);
  } catch (error) {
    const known = error instanceof UpgradeRefused ? apiErrorOf(error.status, error.body) : error;
    throw explain(known, `connecting to pod ${pod} by port-forward`, { verb: "create", resource: "pods/portforward" });
  }
}
