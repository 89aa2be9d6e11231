/** resolv.conf(5): which servers to ask, and how. */
import { type InternetAddress, parseAddress } from "../system/socket_address.ts";

export interface ResolverConfig {
  servers: InternetAddress[];
  /** Domains to append, in order. */
  search: string[];
  /** A name with at least so many dots is first tried as it is. */
  ndots: number;
  timeoutMs: number;
  attempts: number;
  rotate: boolean;
  useTcp: boolean;
  edns: boolean;
  /** Never ask for IPv6 addresses. */
  noAaaa: boolean;
}

const DNS_PORT = 53;
const serversMax = 3;
/** What glibc accepts at most. */
const ndotsMax = 15, timeoutSecondsMax = 30, attemptsMax = 5;

/** `hostname`: without a search list, its part behind the first dot is one. Unreadable lines are passed over. */
export function parseResolvConf(text: string, hostname: string): ResolverConfig {
  const config: ResolverConfig = {
    servers: [],
    search: hostname.includes(".") ? [hostname.slice(hostname.indexOf(".") + 1)] : [],
    ndots: 1,
    timeoutMs: 5000,
    attempts: 2,
    rotate: false,
    useTcp: false,
    edns: false,
    noAaaa: false,
  };
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line.replace(/[#;].*$/, "").trim().split(/\s+/);
    if (keyword === "nameserver") addServer(config, values[0] ?? "");
    if (keyword === "domain") config.search = values.slice(0, 1).map(withoutDot);
    if (keyword === "search") config.search = values.map(withoutDot);
    if (keyword === "options") values.forEach((value) => applyOption(config, value));
  }
  if (config.servers.length === 0) config.servers.push(parseAddress("127.0.0.1", DNS_PORT));
  return config;
}

function addServer(config: ResolverConfig, text: string): void {
  if (config.servers.length >= serversMax) return;
  try {
    config.servers.push(parseAddress(text, DNS_PORT));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

function applyOption(config: ResolverConfig, option: string): void {
  const [name, text = ""] = option.split(":");
  const value = Number.parseInt(text, 10);
  if (name === "rotate") config.rotate = true;
  if (name === "use-vc") config.useTcp = true;
  if (name === "edns0") config.edns = true;
  if (name === "no-aaaa") config.noAaaa = true;
  if (!(value >= 0)) return;
  if (name === "ndots") config.ndots = Math.min(value, ndotsMax);
  if (name === "timeout") config.timeoutMs = Math.min(Math.max(value, 1), timeoutSecondsMax) * 1000;
  if (name === "attempts") config.attempts = Math.min(Math.max(value, 1), attemptsMax);
}

function withoutDot(domain: string): string {
  return domain.endsWith(".") ? domain.slice(0, -1) : domain;
}
