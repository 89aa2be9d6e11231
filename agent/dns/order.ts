/** Which family of addresses comes first: the one that the target can use (the part of RFC 6724 that matters here). */

/** Scope column of /proc/net/if_inet6 for addresses that reach beyond a link. */
const SCOPE_GLOBAL = "00";

/** IPv6 first where the target has an address for it, else last; within a family the given order stays. */
export async function orderFamilies(addresses: Uint8Array[]): Promise<Uint8Array[]> {
  const v4 = addresses.filter((address) => address.length === 4);
  const v6 = addresses.filter((address) => address.length === 16);
  if (v4.length === 0 || v6.length === 0) return addresses;
  const table = await Deno.readTextFile("/proc/self/net/if_inet6").catch(() => "");
  return hasGlobalAddress(table) ? [...v6, ...v4] : [...v4, ...v6];
}

/** Whether some interface other than the loopback has a global IPv6 address. */
export function hasGlobalAddress(table: string): boolean {
  return table.split("\n").some((line) => {
    const columns = line.trim().split(/\s+/);
    return columns[3] === SCOPE_GLOBAL && columns[5] !== "lo";
  });
}
