/** Rules about env, fs, outgoing and dns. */
import { AddressFilterError, parseAddressFilter, parseDnsFilter } from "../address_filter.ts";
import type { Config } from "../config.ts";
import type { Findings } from "./findings.ts";

const MiB = 1 << 20;

export function verifyFeatures(config: Config, findings: Findings): void {
  verifyEnv(config, findings);
  verifyFiles(config, findings);
  verifyOutgoing(config, findings);
  verifyDns(config, findings);
}

/** Whether no variables are wanted at all; such an `exclude` may be narrowed down by a flag's `include`. */
export function excludesEverything(exclude: readonly string[] | null): boolean {
  return exclude !== null && exclude.length === 1 && exclude[0] === "*";
}

function verifyEnv(config: Config, findings: Findings): void {
  const { env } = config.feature;
  if (env.include !== null && env.exclude !== null && !excludesEverything(env.exclude)) {
    findings.error("feature.env", "`include` and `exclude` cannot be used together");
  }
  for (const pattern of Object.keys(env.mapping)) findings.pattern("feature.env.mapping", pattern);
}

function verifyFiles(config: Config, findings: Findings): void {
  const { fs } = config.feature;
  for (const set of ["read_write", "read_only", "local", "not_found"] as const) {
    for (const pattern of fs[set]) findings.pattern(`feature.fs.${set}`, pattern);
  }
  for (const pattern of Object.keys(fs.mapping)) findings.pattern("feature.fs.mapping", pattern);
  if (fs.readonly_file_buffer > 15 * MiB) {
    findings.error("feature.fs.readonly_file_buffer", "must not be above 15 MiB (15728640)");
  } else if (fs.readonly_file_buffer > MiB) {
    findings.warning("feature.fs.readonly_file_buffer", "is large: above 1 MiB it slows small reads down");
  }
}

function verifyOutgoing(config: Config, findings: Findings): void {
  const { outgoing, dns } = config.feature.network;
  const path = "feature.network.outgoing.filter";
  for (const entry of [...outgoing.filter?.remote ?? [], ...outgoing.filter?.local ?? []]) {
    findings.attempt(path, () => parseAddressFilter(entry), AddressFilterError);
  }
  if (outgoing.filter?.remote !== undefined && !dns.enabled) {
    findings.warning(path, "names in `remote` are resolved locally, because `feature.network.dns` is off");
  }
  for (const pattern of outgoing.unix_streams) findings.pattern("feature.network.outgoing.unix_streams", pattern);
}

function verifyDns(config: Config, findings: Findings): void {
  const { dns } = config.feature.network;
  const path = "feature.network.dns.filter";
  if (dns.filter === null) return;
  for (const entry of [...dns.filter.remote ?? [], ...dns.filter.local ?? []]) {
    findings.attempt(path, () => parseDnsFilter(entry), AddressFilterError);
  }
  if (!dns.enabled) findings.warning(path, "is ignored, because `feature.network.dns` is off");
  if (dns.filter.local?.length === 0) findings.warning(path, "`local` is empty: all names are resolved at the target");
  if (dns.filter.remote?.length === 0) findings.warning(path, "`remote` is empty: all names are resolved locally");
}
