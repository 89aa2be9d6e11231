/** Names as this machine resolves them. */
import { parseIp } from "../system/ip_text.ts";

/** All addresses of a name, by the C library; empty when there are none. */
export async function resolveHere(name: string): Promise<Uint8Array[]> {
  // Few sessions need it, and to load it takes time.
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(name, { all: true })).map(({ address }) => parseIp(address.split("%")[0]!));
  } catch {
    return [];
  }
}
