/** The grammar of address filters: `[protocol://][name | address | [IPv6] | subnet/mask][:port]`. */

export interface AddressFilter {
  protocol: "any" | "tcp" | "udp";
  /** `null`: any host. Names are kept as written, addresses in their shortest form. */
  host: { kind: "name"; name: string } | { kind: "address"; address: string } | SubnetHost | null;
  /** `null`: any port. */
  port: number | null;
}

interface SubnetHost {
  kind: "subnet";
  address: string;
  /** Bits of the network part. */
  prefix: number;
}

/** An entry that cannot be understood. */
export class AddressFilterError extends Error {
  override name = "AddressFilterError";
}

/**
 * Parses an entry of `feature.network.outgoing.filter`.
 *
 * @throws {AddressFilterError}
 */
export function parseAddressFilter(entry: string): AddressFilter {
  const protocolMatch = /^([A-Za-z]+):\/\//.exec(entry);
  const protocol = (protocolMatch?.[1] ?? "any").toLowerCase();
  if (protocol !== "any" && protocol !== "tcp" && protocol !== "udp") {
    throw new AddressFilterError(`\`${entry}\`: the protocol is tcp, udp or any`);
  }
  const rest = entry.slice(protocolMatch?.[0].length ?? 0);
  if (rest === "" && protocolMatch === null) throw new AddressFilterError("an entry is empty");
  const { host, port } = splitPort(entry, rest);
  return { protocol, host: host === "" ? null : hostOf(entry, host), port };
}

/**
 * Parses an entry of `feature.network.dns.filter`, which has no protocol.
 *
 * @throws {AddressFilterError}
 */
export function parseDnsFilter(entry: string): AddressFilter {
  if (entry.includes("://")) throw new AddressFilterError(`\`${entry}\`: DNS filters have no protocol`);
  return parseAddressFilter(entry);
}

function splitPort(entry: string, rest: string): { host: string; port: number | null } {
  const bracketed = /^\[([^\]]*)\](\/\d+)?(?::(.*))?$/s.exec(rest);
  if (bracketed !== null) {
    if (!bracketed[1]!.includes(":")) throw new AddressFilterError(`\`${entry}\`: only IPv6 stands in brackets`);
    return { host: bracketed[1]! + (bracketed[2] ?? ""), port: portOf(entry, bracketed[3]) };
  }
  const colon = rest.indexOf(":");
  if (colon !== rest.lastIndexOf(":")) throw new AddressFilterError(`\`${entry}\`: IPv6 stands in brackets`);
  if (colon === -1) return { host: rest, port: null };
  return { host: rest.slice(0, colon), port: portOf(entry, rest.slice(colon + 1)) };
}

function portOf(entry: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 0xffff) throw new AddressFilterError(`\`${entry}\`: \`${text}\` is no port`);
  return port === 0 ? null : port;
}

function hostOf(entry: string, host: string): AddressFilter["host"] {
  const slash = host.indexOf("/");
  const address = shortestAddress(slash === -1 ? host : host.slice(0, slash));
  if (slash !== -1) {
    if (address === null) throw new AddressFilterError(`\`${entry}\`: a subnet begins with an address`);
    const prefix = Number(host.slice(slash + 1));
    const bits = address.includes(":") ? 128 : 32;
    if (!/^\d{1,3}$/.test(host.slice(slash + 1)) || prefix > bits) {
      throw new AddressFilterError(`\`${entry}\`: the mask is a number of bits, at most ${bits}`);
    }
    return { kind: "subnet", address, prefix };
  }
  if (address !== null) return { kind: "address", address };
  if (!/^[A-Za-z0-9._-]+$/.test(host)) throw new AddressFilterError(`\`${entry}\`: \`${host}\` is no name or address`);
  return { kind: "name", name: host };
}

/** An IP address in its shortest form, or null when the text is none. */
function shortestAddress(text: string): string | null {
  if (text.includes(":")) {
    const url = /^[0-9A-Fa-f:.]+$/.test(text) ? URL.parse(`http://[${text}]/`) : null;
    return url === null ? null : url.hostname.slice(1, -1);
  }
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return isAddress ? parts.map(Number).join(".") : null;
}
