/** Names, resolved as the target does it, or here where the configuration says so. */
import { DnsReply, ResolveReply, ReverseReply } from "../../protocol/layer/messages.ts";
import type { AgentLink } from "./agent_link.ts";
import { BoundedMap } from "./bounded_map.ts";
import { addressResponse, questionOf } from "./dns_packet.ts";
import { type DnsRules, isResolvedAtTarget } from "./dns_rules.ts";
import type { Log } from "./log.ts";
import type { OutgoingNames } from "./outgoing/outgoing.ts";
import { resolveHere } from "./resolve_here.ts";
import { type Answer, answer, type RequestBody } from "./server.ts";

/** "Temporary failure in name resolution" of glibc. */
const EAI_AGAIN = -3;
/** The name exists, and has no address that can be used. */
const EAI_NODATA = -5;
const ipv4Bytes = 4;
const nothing = new Uint8Array(0);
/** Addresses whose names are remembered. */
const namesMax = 1000;

export class Dns implements OutgoingNames {
  readonly #link: AgentLink;
  readonly #log: Log;
  readonly #rules: DnsRules;
  /** Address → the names that were resolved to it at the target. */
  readonly #names = new BoundedMap<string, string[]>(namesMax);

  constructor(link: AgentLink, log: Log, rules: DnsRules) {
    this.#link = link;
    this.#log = log;
    this.#rules = rules;
  }

  async resolve({ name, service, family }: RequestBody<"resolve">): Promise<Answer> {
    const text = new TextDecoder().decode(name);
    const failed = (code: number) => ({ isLocal: false, code, canonicalName: nothing, addresses: [] });
    if (!isResolvedAtTarget(text, Number(new TextDecoder().decode(service)) || 0, this.#rules)) {
      return answer(ResolveReply, { ...failed(0), isLocal: true });
    }
    try {
      const { code, canonicalName, addresses, reason } = await this.#link.ask("resolve", { name, family });
      if (code !== 0) this.#log.debug(`${text} was not resolved (${code}): ${reason}`);
      const usable = this.#rules.ipv6 ? addresses : addresses.filter(({ length }) => length === ipv4Bytes);
      for (const address of usable) this.#remember(address, text);
      const isEmptied = usable.length === 0 && addresses.length > 0;
      return answer(ResolveReply, {
        isLocal: false,
        code: isEmptied ? EAI_NODATA : code,
        canonicalName,
        addresses: usable,
      });
    } catch (error) {
      this.#log.warn(`${text} was not resolved: ${error}`);
      return answer(ResolveReply, failed(EAI_AGAIN));
    }
  }

  async reverse({ address }: RequestBody<"reverseResolve">): Promise<Answer> {
    try {
      return answer(ReverseReply, await this.#link.ask("reverseResolve", { address }));
    } catch (error) {
      this.#log.warn(`the name of an address was not resolved: ${error}`);
      return answer(ReverseReply, { code: EAI_AGAIN, name: nothing });
    }
  }

  /** A question for any kind of record, answered with the name server's own response. */
  async query({ query, search }: RequestBody<"dnsQuery">): Promise<Answer> {
    const name = questionOf(query)?.name ?? null;
    if (name !== null && !isResolvedAtTarget(name, 0, this.#rules)) {
      return answer(DnsReply, { isLocal: true, code: 0, answer: nothing });
    }
    try {
      const { code, answer: response, reason } = await this.#link.ask("dnsQuery", { query, search });
      if (code !== 0) this.#log.debug(`${name ?? "a question"} was not answered (${code}): ${reason}`);
      return answer(DnsReply, { isLocal: false, code, answer: response });
    } catch (error) {
      this.#log.warn(`${name ?? "a question"} was not answered: ${error}`);
      return answer(DnsReply, { isLocal: false, code: EAI_AGAIN, answer: nothing });
    }
  }

  get answersSome(): boolean {
    return this.#rules.filter !== null || this.#rules.outgoing !== null;
  }

  answerHere(query: Uint8Array): Promise<Uint8Array> | null {
    const question = this.answersSome ? questionOf(query) : null;
    if (question === null || isResolvedAtTarget(question.name, 0, this.#rules)) return null;
    const copy = query.slice();
    return resolveHere(question.name).then((addresses) => addressResponse(copy, question, addresses));
  }

  async answerAtTarget(query: Uint8Array): Promise<Uint8Array | null> {
    try {
      const { code, answer: response } = await this.#link.ask("dnsQuery", { query: query.slice(), search: false });
      return code === 0 ? response : null;
    } catch (error) {
      this.#log.warn(`a question was not answered: ${error}`);
      return null;
    }
  }

  namesOf(ip: Uint8Array): string[] {
    return this.#names.get(ip.join(".")) ?? [];
  }

  async addressesOf(name: string): Promise<Uint8Array[]> {
    if (!isResolvedAtTarget(name, 0, this.#rules)) return await resolveHere(name);
    try {
      const { addresses } = await this.#link.ask("resolve", { name: new TextEncoder().encode(name), family: 0 });
      return addresses;
    } catch (error) {
      this.#log.warn(`${name}, of a filter, was not resolved: ${error}`);
      return [];
    }
  }

  async ownAddressFor(ip: Uint8Array): Promise<Uint8Array | null> {
    for (const name of this.namesOf(ip)) {
      const found = (await resolveHere(name)).find((address) => address.length === ip.length);
      if (found !== undefined) return found;
    }
    return null;
  }

  #remember(address: Uint8Array, name: string): void {
    const key = address.join(".");
    const known = this.#names.get(key) ?? [];
    if (!known.includes(name)) this.#names.set(key, [...known, name].slice(-8));
  }
}
