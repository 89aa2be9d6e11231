/** The sockets that diverted connections arrive at: one on each family's loopback, made when first needed. */
import { duplicateToReleaseFirst } from "../system/descriptor_order.ts";
import { closeDescriptor, findDescriptor, raiseBacklog } from "../system/socket.ts";
import { parseAddress } from "../system/socket_address.ts";
import type { DiversionListeners } from "./diversion.ts";

/** How long accepting rests when no descriptor is left for a connection. */
const RETRY_MS = 50;

export class ArrivalListener {
  readonly #listeners: Deno.TcpListener[] = [];
  /** The same sockets once more: when we are killed nobody shall wait in their queues, and rules look for them in vain. */
  readonly #duplicates: number[] = [];
  readonly sockets: DiversionListeners;

  /** `onArrival` gets each connection; its `localAddr` is where the client meant to connect to. */
  constructor(onArrival: (connection: Deno.TcpConn) => void) {
    this.sockets = { v4: this.#open("127.0.0.1", onArrival), v6: this.#open("::1", onArrival) };
    if (this.#listeners.length === 0) throw new Error("The target's network has no loopback address to listen on");
  }

  close(): void {
    for (const listener of this.#listeners.splice(0)) listener.close();
    for (const fd of this.#duplicates.splice(0)) closeDescriptor(fd);
  }

  /** Undefined where the network lacks the family. */
  #open(hostname: string, onArrival: (connection: Deno.TcpConn) => void): { fd: number; port: number } | undefined {
    let listener: Deno.TcpListener;
    try {
      listener = Deno.listen({ hostname, port: 0 });
    } catch {
      return undefined;
    }
    this.#listeners.push(listener);
    const { port } = listener.addr;
    const fd = findDescriptor(parseAddress(hostname, port), null);
    if (fd === null) throw new Error(`The descriptor of the listener on ${hostname}:${port} cannot be found`);
    raiseBacklog(fd);
    this.#duplicates.push(duplicateToReleaseFirst(fd));
    void this.#accept(listener, onArrival);
    return { fd, port };
  }

  async #accept(listener: Deno.TcpListener, onArrival: (connection: Deno.TcpConn) => void): Promise<void> {
    while (this.#listeners.includes(listener)) {
      try {
        onArrival(await listener.accept());
      } catch {
        // A connection reset before it was accepted, too many descriptors, or closed: the loop's condition tells.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
