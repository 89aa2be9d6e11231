/** Who is really behind the connections that the proxy makes to the program's listeners. */
import { addressKey, inFamilyOf, type SocketAddress } from "../../system/address.ts";

export interface Endpoints {
  source: SocketAddress;
  destination: SocketAddress;
}

export class Sources {
  readonly #endpoints = new Map<string, Endpoints>();

  /** `own` and `listener` are the two ends of the proxy's connection. Returns how to forget it. */
  add(own: SocketAddress, listener: SocketAddress, endpoints: Endpoints): () => void {
    const key = keyOf(own, listener);
    this.#endpoints.set(key, endpoints);
    return () => {
      if (this.#endpoints.get(key) === endpoints) this.#endpoints.delete(key);
    };
  }

  /** The true ends of a connection that the program accepted, in the family it uses; null for a local client's. */
  find(peer: SocketAddress, local: SocketAddress): Endpoints | null {
    const endpoints = this.#endpoints.get(keyOf(peer, local));
    if (endpoints === undefined) return null;
    return { source: inFamilyOf(peer, endpoints.source), destination: inFamilyOf(local, endpoints.destination) };
  }
}

function keyOf(peer: SocketAddress, local: SocketAddress): string {
  return `${addressKey(peer)}>${addressKey(local)}`;
}
