/** Internet addresses: as the protocol carries them, as the kernel's `sockaddr` and as Deno spells them. */

/** The protocol's `SocketAddress` without unix sockets. Addresses are in network order, ports in host order. */
export type InternetAddress =
  | { v4: { address: Uint8Array<ArrayBuffer>; port: number } }
  | { v6: { address: Uint8Array<ArrayBuffer>; port: number; scope: number } };

export const AF_INET = 2;
export const AF_INET6 = 10;
/** Room for either kind of `sockaddr`. */
export const SOCKADDR_BYTES = 28;

export function portOf(address: InternetAddress): number {
  return "v4" in address ? address.v4.port : address.v6.port;
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
export function encodeSockaddr(address: InternetAddress): Uint8Array<ArrayBuffer> {
  const isV4 = "v4" in address;
  const bytes = new Uint8Array(isV4 ? 16 : SOCKADDR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isV4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, portOf(address));
  if (isV4) bytes.set(address.v4.address, 4);
  else {
    bytes.set(address.v6.address, 8);
    view.setUint32(24, address.v6.scope, true);
  }
  return bytes;
}

/** Null for other families. An IPv4 address mapped into IPv6 comes back as IPv4. */
export function decodeSockaddr(bytes: Uint8Array<ArrayBuffer>): InternetAddress | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2);
  if (family === AF_INET) return { v4: { address: bytes.slice(4, 8), port } };
  if (family !== AF_INET6) return null;
  return unmapped(bytes.slice(8, 24), port, view.getUint32(24, true));
}

/** An address as Deno spells it (`10.0.0.1`, `fe80::1%2`) and its port. Throws `TypeError` if it is no address. */
export function parseAddress(hostname: string, port: number): InternetAddress {
  if (!hostname.includes(":")) return { v4: { address: parseV4(hostname), port } };
  const [text, zone = "0"] = hostname.split("%");
  return unmapped(parseV6(text), port, Number(zone));
}

/** The address as Deno wants it for connecting. */
export function formatHost(address: InternetAddress): string {
  if ("v4" in address) return address.v4.address.join(".");
  const view = new DataView(address.v6.address.buffer, address.v6.address.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16));
  return groups.join(":") + (address.v6.scope === 0 ? "" : `%${address.v6.scope}`);
}

function unmapped(address: Uint8Array<ArrayBuffer>, port: number, scope: number): InternetAddress {
  const isMapped = address[10] === 0xff && address[11] === 0xff && address.subarray(0, 10).every((byte) => byte === 0);
  if (isMapped) return { v4: { address: address.slice(12), port } };
  return { v6: { address, port, scope } };
}

function parseV4(text: string): Uint8Array<ArrayBuffer> {
  const parts = text.split(".").map((part) => /^\d{1,3}$/.test(part) ? Number(part) : NaN);
  if (parts.length !== 4 || !parts.every((part) => part <= 255)) throw new TypeError(`Not an IPv4 address: ${text}`);
  return Uint8Array.from(parts);
}

function parseV6(text: string): Uint8Array<ArrayBuffer> {
  const [head, tail, ...more] = text.split("::").map(v6Groups);
  const missing = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...(tail ?? [])];
  const isValid = groups.every((group) => group >= 0 && group <= 0xffff);
  if (more.length > 0 || groups.length !== 8 || !isValid || (tail !== undefined && missing < 1)) {
    throw new TypeError(`Not an IPv6 address: ${text}`);
  }
  const view = new DataView(new ArrayBuffer(16));
  groups.forEach((group, index) => view.setUint16(index * 2, group));
  return new Uint8Array(view.buffer);
}

/** The 16-bit groups of one side of `::`; the last may be written as an IPv4 address. */
function v6Groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [/^[0-9a-f]{1,4}$/i.test(part) ? parseInt(part, 16) : NaN];
    const [a, b, c, d] = parseV4(part);
    return [(a << 8) | b, (c << 8) | d];
  });
}
