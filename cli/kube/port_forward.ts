/** A tunnel to a port of a pod: Kubernetes' port-forward over a WebSocket. */
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { MirrordError } from "../error.ts";
import { ApiServer, UpgradeRefused } from "./api_server.ts";
import { findCredentials, type KubeconfigOptions } from "./kubeconfig.ts";
import { apiErrorOf, explain } from "./api_error.ts";
import { frameBytesMax, WebSocketChannel } from "./websocket.ts";

/** Where an agent listens, and how to get there. */
export interface PodPort {
  kubeconfig: KubeconfigOptions;
  namespace: string;
  pod: string;
  port: number;
}

/** Each message begins with its channel; the first one of a channel only repeats the port. */
const Channel = { data: 0, error: 1 } as const;
const subprotocol = "v4.channel.k8s.io";

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
    return new PortTunnel(new WebSocketChannel(await server.upgrade(path, subprotocol)));
  } catch (error) {
    const known = error instanceof UpgradeRefused ? apiErrorOf(error.status, error.body) : error;
    throw explain(known, `connecting to pod ${pod} by port-forward`, { verb: "create", resource: "pods/portforward" });
  }
}

class PortTunnel implements Tunnel {
  readonly #channel: WebSocketChannel;
  /** Data that was read and not asked for yet. */
  #rest: Uint8Array = new Uint8Array();
  /** Of the message that is being read. */
  #channelNumber = -1;
  readonly #skip: [number, number] = [2, 2];
  #failure = "";

  constructor(channel: WebSocketChannel) {
    this.#channel = channel;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#rest.length === 0) {
      const part = await this.#channel.read();
      if (part === null) return this.#ended();
      this.#take(part.bytes, part.starts);
    }
    const count = Math.min(buffer.length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const most = frameBytesMax - 1;
    for (let offset = 0; offset < bytes.length; offset += most) {
      await this.#channel.send(Channel.data, bytes.subarray(offset, offset + most));
    }
  }

  close(): void {
    this.#channel.close();
  }

  #take(bytes: Uint8Array, starts: boolean): void {
    let content = bytes;
    if (starts) {
      this.#channelNumber = bytes[0]!;
      content = bytes.subarray(1);
    }
    const channel = this.#channelNumber;
    if (channel !== Channel.data && channel !== Channel.error) return;
    const skipped = Math.min(this.#skip[channel], content.length);
    this.#skip[channel] -= skipped;
    content = content.subarray(skipped);
    if (channel === Channel.data) this.#rest = content;
    else this.#failure += new TextDecoder().decode(content);
  }

  /** The error channel comes before the end. */
  #ended(): null {
    if (this.#failure !== "") throw new MirrordError("the port-forward ended", { cause: this.#failure.trim() });
    return null;
  }
}
