/** Which addresses are this network's own: on a node's network, traffic to others passes through as well. */
import { formatHost, type InternetAddress, parseAddress } from "../system/socket_address.ts";

/** An address that is not known may have been added since; asked for again at most this often. */
const REFRESH_MS = 1000;

export class LocalAddresses {
  #known = new Set<string>();
  #readMs = -Infinity;

  has(address: InternetAddress, nowMs: number): boolean {
    if ("v4" in address && address.v4.address[0] === 127) return true;
    const host = formatHost(address);
    if (this.#known.has(host)) return true;
    if (nowMs - this.#readMs < REFRESH_MS) return false;
    this.#readMs = nowMs;
    this.#known = new Set(Deno.networkInterfaces().map(({ address }) => formatHost(parseAddress(address, 0))));
    return this.#known.has(host);
  }
}
