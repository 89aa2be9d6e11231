/** A port-forward whose messages begin with the number of their channel: what every Kubernetes speaks. */
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { endOfForward } from "./forward_end.ts";
import { frameBytesMax, type WebSocketChannel } from "./websocket.ts";

export const channelProtocol = "v4.channel.k8s.io";

/** The first message of a channel only repeats the port, in two bytes. */
const Channel = { data: 0, error: 1 } as const;
const dataPrefix = Uint8Array.of(Channel.data);

export class ChannelTunnel implements Tunnel {
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
      // The error channel comes before the end.
      if (part === null) return endOfForward(this.#failure);
      this.#take(part.bytes, part.starts);
    }
    const count = Math.min(buffer.length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const most = frameBytesMax - dataPrefix.length;
    for (let offset = 0; offset < bytes.length; offset += most) {
      await this.#channel.send(dataPrefix, bytes.subarray(offset, offset + most));
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
}
