/** The target's name service files, read again when they may have changed. */
import { readSmallFile } from "../files/read.ts";
import type { Root } from "../files/root.ts";
import type { Target } from "../target/target.ts";
import { toText } from "./byte_string.ts";
import { Hosts } from "./hosts.ts";
import { type NameSource, parseNsswitch } from "./nsswitch.ts";
import { parseResolvConf, type ResolverConfig } from "./resolv_conf.ts";

export interface NameService {
  sources: NameSource[];
  hosts: Hosts;
  resolver: ResolverConfig;
  /** Changes when the servers' answers may. */
  fingerprint: string;
}

/** `timeoutMs`, `attempts`: replace those of resolv.conf. */
export interface ResolverOverrides {
  timeoutMs?: number;
  attempts?: number;
}

const fileBytesMax = 1024 * 1024;
const freshMs = 1_000;

export class NameServiceFiles {
  readonly #target: Target;
  readonly #overrides: ResolverOverrides;
  #last: { service: NameService; readMs: number } | null = null;

  constructor(target: Target, overrides: ResolverOverrides = {}) {
    this.#target = target;
    this.#overrides = overrides;
  }

  /** While the target is being restarted, what was last read stands. Throws `SystemError` if nothing was ever read. */
  async read(): Promise<NameService> {
    if (this.#last !== null && performance.now() - this.#last.readMs < freshMs) return this.#last.service;
    try {
      const service = await this.#readFiles(await this.#target.root());
      this.#last = { service, readMs: performance.now() };
    } catch (error) {
      if (this.#last === null) throw error;
    }
    return this.#last!.service;
  }

  async #readFiles(root: Root): Promise<NameService> {
    const paths = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"];
    const [resolvConf, hosts, nsswitch] = await Promise.all(paths.map((path) => readText(root, path)));
    const hostname = toText(this.#target.hostname());
    return {
      sources: parseNsswitch(nsswitch),
      hosts: new Hosts(hosts),
      resolver: { ...parseResolvConf(resolvConf, hostname), ...this.#overrides },
      fingerprint: resolvConf,
    };
  }
}

/** A file that is missing says nothing. */
async function readText(root: Root, path: string): Promise<string> {
  const content = await readSmallFile(root, path, fileBytesMax);
  return typeof content === "number" ? "" : toText(content);
}
