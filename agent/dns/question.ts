/** One question to the target's name servers, in turn, as often as its configuration says. */
import { exchange, ExchangeError, type Query } from "./exchange.ts";
import {
  type DnsRecord,
  encodeQuery,
  type ForeignQuery,
  type Question,
  recordType,
  type Response,
  responseCode,
} from "./message.ts";
import type { ResolverConfig } from "./resolv_conf.ts";

/** What became of a question. `records`: those of its type, aliases followed. Times to live are in seconds. */
export type Outcome =
  | { kind: "found"; records: DnsRecord[]; canonicalName: string; ttlSeconds: number }
  /** The name exists, but has nothing of this type. */
  | { kind: "noData"; ttlSeconds: number }
  | { kind: "noName"; ttlSeconds: number }
  | Failure;

type Failure =
  /** The servers answered that they could not find out; the last of them in these words. */
  | { kind: "serverFailure"; reason: string; response: Response | null }
  /** No server answered. */
  | { kind: "unreachable"; reason: string };

const aliasesMax = 8;

/** Never throws for anything that a server or the network does. */
export async function ask(config: ResolverConfig, question: Question): Promise<Outcome> {
  let name = question.name;
  let aliasTtl = Infinity;
  for (let hops = 0; hops < aliasesMax; hops++) {
    const response = await askServers(config, ownQuery({ name, type: question.type }, config.edns));
    if ("kind" in response) return response;
    const chain = followAliases(name, question.type, response.answers);
    aliasTtl = Math.min(aliasTtl, chain.ttlSeconds);
    if (chain.records.length > 0) {
      return { kind: "found", records: chain.records, canonicalName: chain.end, ttlSeconds: aliasTtl };
    }
    const ttlSeconds = response.negativeTtlSeconds ?? 0;
    if (response.code === responseCode.noSuchName) return { kind: "noName", ttlSeconds };
    if (chain.end === name) return { kind: "noData", ttlSeconds };
    // A server that is no full resolver names the alias only: go on from there.
    name = chain.end;
  }
  return { kind: "serverFailure", reason: `too many aliases of ${question.name}`, response: null };
}

/** Asks a query of somebody else's for `name`. Never throws for anything that a server or the network does. */
export async function forward(
  config: ResolverConfig,
  query: ForeignQuery,
  name: string,
): Promise<{ response: Response | null; reason: string }> {
  const question = { name, type: query.question.type };
  const outcome = await askServers(config, { question, encode: (id) => query.encode(id, name) });
  if (!("kind" in outcome)) return { response: outcome, reason: "" };
  return { response: outcome.kind === "serverFailure" ? outcome.response : null, reason: outcome.reason };
}

function ownQuery(question: Question, edns: boolean): Query {
  return { question, encode: (id, isDatagram) => encodeQuery(id, question, edns && isDatagram) };
}

async function askServers(config: ResolverConfig, query: Query): Promise<Response | Failure> {
  const first = config.rotate ? Math.floor(Math.random() * config.servers.length) : 0;
  let failure: Failure = { kind: "unreachable", reason: "no name server" };
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    for (let index = 0; index < config.servers.length; index++) {
      const server = config.servers[(first + index) % config.servers.length];
      const options = { timeoutMs: timeoutOf(config, attempt), useTcp: config.useTcp };
      try {
        const response = await exchange(server, query, options);
        if (isDecisive(response)) return response;
        failure = { kind: "serverFailure", reason: `the name server answered with code ${response.code}`, response };
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        if (failure.kind !== "serverFailure") failure = { kind: "unreachable", reason: error.message };
      }
    }
    // Servers that say that they cannot are not asked again; silent ones are.
    if (failure.kind === "serverFailure") return failure;
  }
  return failure;
}

/** As glibc has it: later rounds wait longer, shared out among the servers. */
function timeoutOf(config: ResolverConfig, attempt: number): number {
  if (attempt === 0) return config.timeoutMs;
  return Math.max(1000, (config.timeoutMs << attempt) / config.servers.length);
}

function isDecisive(response: Response): boolean {
  return response.code === responseCode.ok || response.code === responseCode.noSuchName;
}

function followAliases(name: string, type: number, answers: readonly DnsRecord[]) {
  let end = name;
  let ttlSeconds = Infinity;
  for (let hops = 0; hops < aliasesMax; hops++) {
    const records = answers.filter((answer) => answer.type === type && sameName(answer.name, end));
    for (const record of records) ttlSeconds = Math.min(ttlSeconds, record.ttlSeconds);
    if (records.length > 0) return { end, records, ttlSeconds };
    const alias = answers.find((answer) => answer.type === recordType.cname && sameName(answer.name, end));
    if (alias?.target === undefined) break;
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
    end = alias.target;
  }
  return { end, records: [], ttlSeconds };
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
