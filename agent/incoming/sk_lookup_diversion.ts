/**
 * Diversion by an sk_lookup program (kernel 5.9): the kernel asks it for the listener of each new connection. Nothing is
 * rewritten or tracked, other packets cost nothing, and the last descriptor takes it away. Needs BPF rights (CAP_BPF and
 * CAP_NET_ADMIN, or CAP_SYS_ADMIN) outside of any user namespace.
 */
import { createMap, deleteFromMap, liftLockedMemoryLimit, linkToNamespace, loadSkLookup, MAP } from "../system/bpf.ts";
import { updateMap } from "../system/bpf.ts";
import { moveToReleaseEarly } from "../system/descriptor_order.ts";
import { LISTENER_KEY, skLookupProgram } from "../system/sk_lookup_program.ts";
import { bindAnyPort, closeDescriptor, openNetworkNamespace } from "../system/socket.ts";
import type { Diversion, DiversionListeners, DiversionMaker } from "./diversion.ts";

const PORTS_MAX = 4096;
const EXEMPT_SOURCES_MAX = 4096;

export const skLookupMaker: DiversionMaker = { name: "sk_lookup", make: (listeners) => new SkLookup(listeners) };

class SkLookup implements Diversion {
  readonly name = skLookupMaker.name;
  readonly #descriptors: number[] = [];
  readonly #ports: number;
  readonly #exemptSources: number;

  constructor(listeners: DiversionListeners) {
    try {
      liftLockedMemoryLimit();
      this.#ports = this.#keep(createMap(MAP.hash, PORTS_MAX));
      this.#exemptSources = this.#keep(createMap(MAP.hash, EXEMPT_SOURCES_MAX));
      this.#attach(this.#keep(createMap(MAP.sockmap, 2)), listeners);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  divert(port: number): void {
    updateMap(this.#ports, port, 1);
  }

  release(port: number): void {
    deleteFromMap(this.#ports, port);
  }

  /** The program sees addresses only, so the socket gets its port now and that is exempt until the connection stands. */
  exempt(socket: number, family: number): () => void {
    const source = networkOrder(bindAnyPort(socket, family));
    updateMap(this.#exemptSources, source, 1);
    return () => deleteFromMap(this.#exemptSources, source);
  }

  close(): void {
    for (const fd of this.#descriptors.splice(0).reverse()) closeDescriptor(fd);
  }

  #attach(sockets: number, listeners: DiversionListeners): void {
    for (const family of ["v4", "v6"] as const) {
      const listener = listeners[family];
      if (listener) updateMap(sockets, LISTENER_KEY[family], listener.fd);
    }
    const maps = { ports: this.#ports, exemptSources: this.#exemptSources, listeners: sockets };
    const program = this.#keep(loadSkLookup(skLookupProgram(maps)));
    const namespace = openNetworkNamespace();
    try {
      this.#keep(moveToReleaseEarly(linkToNamespace(program, namespace)));
    } finally {
      closeDescriptor(namespace);
    }
  }

  #keep(fd: number): number {
    this.#descriptors.push(fd);
    return fd;
  }
}

/** The number that a little-endian machine reads from a port in network order. */
function networkOrder(port: number): number {
  return ((port & 0xff) << 8) | (port >> 8);
}
