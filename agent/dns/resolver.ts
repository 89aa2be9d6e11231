/** Names and addresses as the target's C library would resolve them. Nothing here uses the agent's own resolver. */
import type { Target } from "../target/target.ts";
import { AF_INET, AF_INET6 } from "../system/socket_address.ts";
import { toBytes, toText } from "./byte_string.ts";
import { AnswerCache } from "./cache.ts";
import { type NameService, NameServiceFiles, type ResolverOverrides } from "./configuration.ts";
import { addressBytes, addressText } from "./hosts.ts";
import { decodeQuery, isValidName, recordType, type Response, responseCode } from "./message.ts";
import { orderFamilies } from "./order.ts";
import { ask, forward, type Outcome } from "./question.ts";
import { candidateNames } from "./search.ts";

/** `code`: 0 or one of `EAI`. `reason` is for people, empty on success. */
export interface Resolution {
  code: number;
  canonicalName: Uint8Array;
  addresses: Uint8Array[];
  reason: string;
}

/** Error codes of getaddrinfo(3), as glibc numbers them. */
const EAI = { noName: -2, again: -3, fail: -4, noData: -5, family: -6 } as const;
const AF_UNSPEC = 0;

export class Resolver {
  readonly #files: NameServiceFiles;
  readonly #cache = new AnswerCache();

  constructor(target: Target, overrides: ResolverOverrides = {}) {
    this.#files = new NameServiceFiles(target, overrides);
  }

  /** `family`: 0 for both, `AF_INET`, `AF_INET6`. */
  async resolve(name: Uint8Array, family: number): Promise<Resolution> {
    if (family !== AF_UNSPEC && family !== AF_INET && family !== AF_INET6) {
      return failed(EAI.family, `address family ${family}`);
    }
    const text = toText(name);
    const literal = addressBytes(text);
    if (literal !== null) return literalAnswer(name, literal, family);
    const service = await this.#files.read();
    for (const source of service.sources) {
      const known = source === "files" ? service.hosts.lookup(withoutDot(text), family) : null;
      if (known !== null) return found(known.canonicalName, known.addresses);
      if (source === "dns") {
        const answer = await this.#search(service, text, family);
        if (answer.code === 0 || source === service.sources.at(-1)) return answer;
      }
    }
    return failed(EAI.noName, `${text} is not in the target's hosts file`);
  }

  /** The name of 4 or 16 bytes of address. */
  async reverse(address: Uint8Array): Promise<{ code: number; name: Uint8Array }> {
    if (address.length !== 4 && address.length !== 16) return { code: EAI.family, name: new Uint8Array() };
    const service = await this.#files.read();
    for (const source of service.sources) {
      const known = source === "files" ? service.hosts.nameOf(address) : null;
      if (known !== null) return { code: 0, name: toBytes(known) };
      if (source !== "dns") continue;
      const outcome = await this.#ask(service, reverseName(address), recordType.ptr);
      if (outcome.kind === "found") return { code: 0, name: toBytes(outcome.records[0].target ?? "") };
      if (outcome.kind === "unreachable" || outcome.kind === "serverFailure") {
        return { code: EAI.again, name: new Uint8Array() };
      }
    }
    return { code: EAI.noName, name: new Uint8Array() };
  }

  /**
   * Forwards a query of any type to the target's name servers. With `search`, for each name that its own may stand for,
   * until one has an answer. `answer`: the most telling response, with the query's own number.
   */
  async query(bytes: Uint8Array, search: boolean): Promise<{ code: number; answer: Uint8Array; reason: string }> {
    const query = decodeQuery(bytes);
    if (query === null) return { code: EAI.fail, answer: new Uint8Array(), reason: "not one question" };
    const { resolver } = await this.#files.read();
    const names = search ? candidateNames(query.question.name, resolver) : [query.question.name];
    let best: Response | null = null;
    let failure = "";
    for (const name of names) {
      const { response, reason } = await forward(resolver, query, name);
      if (response === null) failure = reason;
      else if (best === null || telling(response) > telling(best)) best = response;
      if (response === null || telling(response) === mostTelling) break;
    }
    if (best === null) return { code: EAI.again, answer: new Uint8Array(), reason: failure };
    const answer = Uint8Array.from(best.raw);
    answer.set(bytes.subarray(0, 2));
    return { code: 0, answer, reason: "" };
  }

  async #search(service: NameService, text: string, family: number): Promise<Resolution> {
    let best = failed(EAI.noName, `the target's name servers know no ${text}`);
    for (const name of candidateNames(text, service.resolver)) {
      if (!isValidName(name)) continue;
      const answer = await this.#addresses(service, name, family);
      if (answer.code === 0) return answer;
      // No data for a name that exists says more than a name that does not; nothing is worth more waiting.
      if (answer.code === EAI.noData || (answer.code === EAI.again && best.code === EAI.noName)) best = answer;
      if (answer.unreachable) return answer;
    }
    return best;
  }

  async #addresses(
    service: NameService,
    name: string,
    family: number,
  ): Promise<Resolution & { unreachable: boolean }> {
    const types = [];
    if (family !== AF_INET6) types.push(recordType.a);
    if (family !== AF_INET && !service.resolver.noAaaa) types.push(recordType.aaaa);
    const outcomes = await Promise.all(types.map((type) => this.#ask(service, name, type)));
    const hits = outcomes.filter((outcome) => outcome.kind === "found");
    if (hits.length > 0) {
      const addresses = hits.flatMap((hit) => hit.records.map((record) => record.address!));
      return { ...found(hits[0].canonicalName, await orderFamilies(addresses)), unreachable: false };
    }
    const failure = outcomes.find((outcome) => outcome.kind === "unreachable" || outcome.kind === "serverFailure");
    if (failure !== undefined) {
      return { ...failed(EAI.again, failure.reason), unreachable: failure.kind === "unreachable" };
    }
    const exists = types.length === 0 || outcomes.some((outcome) => outcome.kind === "noData");
    return { ...failed(exists ? EAI.noData : EAI.noName, `${name}: no address`), unreachable: false };
  }

  #ask(service: NameService, name: string, type: number): Promise<Outcome> {
    const question = { name, type };
    return this.#cache.get(service.fingerprint, question, () => ask(service.resolver, question));
  }
}

/** Under `in-addr.arpa` byte by byte, under `ip6.arpa` digit by digit, the last first. */
function reverseName(address: Uint8Array): string {
  if (address.length === 4) return `${[...address].reverse().join(".")}.in-addr.arpa`;
  const digits = [...address].flatMap((byte) => [byte >> 4, byte & 0xf]).reverse();
  return `${digits.map((digit) => digit.toString(16)).join(".")}.ip6.arpa`;
}

function literalAnswer(name: Uint8Array, address: Uint8Array, family: number): Resolution {
  const fits = family === AF_UNSPEC || (family === AF_INET) === (address.length === 4);
  return fits ? found(toText(name), [address]) : failed(EAI.noName, `${addressText(address)} is of another family`);
}

function found(canonicalName: string, addresses: Uint8Array[]): Resolution {
  return { code: 0, canonicalName: toBytes(canonicalName), addresses, reason: "" };
}

function failed(code: number, reason: string): Resolution {
  return { code, canonicalName: new Uint8Array(), addresses: [], reason };
}

const mostTelling = 3;

/** Records say more than that there are none, which says more than that there is no such name. */
function telling({ code, answers }: Response): number {
  if (code === responseCode.ok) return answers.length > 0 ? mostTelling : 2;
  return code === responseCode.noSuchName ? 0 : 1;
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
