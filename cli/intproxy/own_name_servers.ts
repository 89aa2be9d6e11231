/** The name servers of this machine: programs that read its resolv.conf, and not the target's, ask them. */
import { parseIp } from "../system/ip_text.ts";

const port = 53;

/** Whether a destination is one of them. `ip`: 4 or 16 bytes. */
export type IsOwnNameServer = (ip: Uint8Array, port: number) => boolean;

/** From a resolv.conf. Without one, or without a server in it, the one on loopback is asked (resolv.conf(5)). */
export function ownNameServers(resolvConf: string): IsOwnNameServer {
  const found = resolvConf.split("\n").flatMap((line) => {
    const [keyword, address] = line.trim().split(/\s+/);
    return keyword === "nameserver" && address !== undefined ? addressOf(address) : [];
  });
  const servers = new Set(found.length === 0 ? ["127.0.0.1"] : found);
  return (ip, wantedPort) => wantedPort === port && servers.has(ip.join("."));
}

function addressOf(text: string): string[] {
  try {
    return [parseIp(text.split("%")[0]!).join(".")];
  } catch {
    return [];
  }
}

/** This machine's, as they are now. */
export function readOwnNameServers(): IsOwnNameServer {
  try {
    return ownNameServers(Deno.readTextFileSync("/etc/resolv.conf"));
  } catch {
    return ownNameServers("");
  }
}
