/** hosts(5): names known without asking anybody. */
import { AF_INET, AF_INET6, formatHost, parseAddress } from "../system/socket_address.ts";

interface Line {
  address: Uint8Array;
  names: string[];
}

const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 1);

export class Hosts {
  readonly #lines: Line[] = [];

  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [address, ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
      const bytes = names.length === 0 ? null : addressBytes(address);
      if (bytes !== null) this.#lines.push({ address: bytes, names });
    }
  }

  /** All addresses of a name, in the file's order, each once; null for none. `family`: 0, `AF_INET` or `AF_INET6`. */
  lookup(name: string, family: number): { canonicalName: string; addresses: Uint8Array[] } | null {
    const wanted = name.toLowerCase();
    const lines = this.#lines.filter((line) => line.names.some((known) => known.toLowerCase() === wanted));
    const addresses: Uint8Array[] = [];
    for (const line of lines) {
      const address = inFamily(line.address, family);
      if (address !== null && !addresses.some((known) => sameBytes(known, address))) addresses.push(address);
    }
    return addresses.length === 0 ? null : { canonicalName: lines[0].names[0], addresses };
  }

  /** The first name of an address; null when it is not in the file. */
  nameOf(address: Uint8Array): string | null {
    const line = this.#lines.find((line) => sameBytes(line.address, address));
    return line?.names[0] ?? null;
  }
}

/** The 4 or 16 bytes of a numeric address; null when it is none. */
export function addressBytes(text: string): Uint8Array | null {
  try {
    const address = parseAddress(text, 0);
    // A mapped address is kept as the IPv6 address that was written.
    if (!text.includes(":")) return "v4" in address ? address.v4.address : null;
    return "v6" in address ? address.v6.address : mapped(address.v4.address);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** The usual spelling of 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
  const address = Uint8Array.from(bytes);
  return formatHost(address.length === 4 ? { v4: { address, port: 0 } } : { v6: { address, port: 0, scope: 0 } });
}

/** The address if it is of the family. The IPv6 loopback serves IPv4 too, so that `localhost` always has one. */
function inFamily(address: Uint8Array, family: number): Uint8Array | null {
  if (family === AF_INET && isLoopbackV6(address)) return LOOPBACK_V4;
  if (family === AF_INET && address.length !== 4) return null;
  if (family === AF_INET6 && address.length !== 16) return null;
  return address;
}

function isLoopbackV6(address: Uint8Array): boolean {
  return address.length === 16 && address.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function mapped(address: Uint8Array): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
