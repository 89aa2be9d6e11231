/** Names and addresses as a test's script has them. */
import type { DnsReply, ResolveReply, ReverseReply } from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import { questionOf } from "../../cli/intproxy/dns_packet.ts";
import type { RequestBody } from "../../cli/intproxy/server.ts";

export interface NameScript {
  /** Name → addresses as text; names that are not there are not found. */
  names?: Record<string, string[]>;
  /** Names that are said to be this machine's. */
  localNames?: string[];
  /** Name → what its DNS response ends with, behind the question. */
  responses?: Record<string, { code: number; count: number; tail: number[] }>;
  /** Address as text → name. */
  reverse?: Record<string, string>;
}

/** Codes of getaddrinfo(3), as `ResolveReply` has them. */
const EAI_NONAME = -2, EAI_NODATA = -5;
const NXDOMAIN = -3;
const AF_INET = 2;
const nothing = new Uint8Array(0);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export class ScriptedNames {
  constructor(private readonly script: NameScript) {}

  resolve({ name, family }: RequestBody<"resolve">): Infer<typeof ResolveReply> {
    const found = this.script.names?.[text(name)];
    const isLocal = this.#isLocal(text(name));
    if (found === undefined) return { isLocal, code: isLocal ? 0 : EAI_NONAME, canonicalName: nothing, addresses: [] };
    const length = family === AF_INET ? 4 : 16;
    const addresses = found.map(addressBytes).filter((address) => family === 0 || address.length === length);
    const canonicalName = new TextEncoder().encode(`canonical.${text(name)}`);
    return { isLocal, code: addresses.length === 0 ? EAI_NODATA : 0, canonicalName, addresses };
  }

  reverse({ address }: RequestBody<"reverseResolve">): Infer<typeof ReverseReply> {
    const name = this.script.reverse?.[address.length === 4 ? address.join(".") : "v6"];
    if (name === undefined) return { code: EAI_NONAME, name: nothing };
    return { code: 0, name: new TextEncoder().encode(name) };
  }

  query({ query }: RequestBody<"dnsQuery">): Infer<typeof DnsReply> {
    const name = questionOf(query)!.name;
    const response = this.script.responses?.[name];
    const isLocal = this.#isLocal(name);
    if (isLocal || response === undefined) return { isLocal, code: NXDOMAIN, answer: nothing };
    const { code, count, tail } = response;
    const header = [query[0]!, query[1]!, 0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0];
    return { isLocal, code: 0, answer: Uint8Array.from([...header, ...query.subarray(12), ...tail]) };
  }

  #isLocal(name: string): boolean {
    return this.script.localNames?.includes(name) ?? false;
  }
}

/** 4 bytes of `a.b.c.d`, 16 bytes of eight groups. */
function addressBytes(address: string): Uint8Array {
  if (!address.includes(":")) return Uint8Array.from(address.split(".").map(Number));
  return Uint8Array.from(address.split(":").flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}
