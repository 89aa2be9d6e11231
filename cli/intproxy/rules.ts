/** What the session's parts and its layers do, from the configuration and what the agent says of its target. */
import type { Config } from "../../config/config.ts";
import { type AddressFilter, parseAddressFilter, parseDnsFilter } from "../../config/address_filter.ts";
import { compilePattern } from "../../config/pattern/compile.ts";
import { levels, parseLevel } from "../../protocol/log.ts";
import type { Infer } from "../../protocol/schema.ts";
import type { LayerConfig } from "../../protocol/layer/messages.ts";
import { type CompiledPathRules, compilePathRules } from "../rules/path_rules.ts";
import { bytesFromText } from "../session/byte_text.ts";
import type { LayerParts } from "./layer_parts.ts";
import { parsePortRanges, type PortRange } from "./outgoing/decide.ts";
import type { OutgoingFilter } from "./outgoing/filter.ts";
import type { SessionRules } from "./session.ts";

type LayerConfigValue = Infer<typeof LayerConfig>;

/** What is not in the configuration. */
export interface RuleFacts {
  home: string | null;
  cwd: string;
  /** The program's file. */
  executable: string;
  temporaryFolder: string;
  /** The directories of PATH. */
  searchPath: string[];
  /** The value of MIRRORD_IGNORE_DEBUGGER_PORTS. */
  debuggerPorts: string | undefined;
}

/** Processes to which mirrord does nothing by default: they only build, and many of them are started. */
const buildTools = [
  ...[
    "as",
    "cc",
    "ld",
    "go",
    "air",
    "asm",
    "cc1",
    "cgo",
    "dlv",
    "gcc",
    "git",
    "link",
    "math",
    "cargo",
    "hpack",
    "rustc",
  ],
  ...["compile", "collect2", "cargo-watch", "debugserver", "jspawnhelper", "bazel-real", "clang"],
];

const fileModes = ["local", "localwithoverrides", "read", "write"] as const;
const doors = ["auto", "preload", "supervisor"] as const;
const incomingModes = ["off", "mirror", "steal"] as const;

/** Who resolves names by itself, which are this machine's, must not learn of the target's name servers. */
const nameServiceFiles = [String.raw`^/etc/resolv\.conf$`, String.raw`^/etc/hosts$`];

/** Throws `PatternError` for a pattern of the configuration that is none. */
export function pathRules({ feature: { fs, network } }: Config, facts: RuleFacts): CompiledPathRules {
  return compilePathRules({
    mode: fs.mode,
    notFound: fs.not_found,
    readWrite: fs.read_write,
    readOnly: fs.read_only,
    local: network.dns.enabled ? fs.local : [...fs.local, ...nameServiceFiles],
    mapping: fs.mapping,
    home: facts.home,
    workingDirectory: facts.cwd,
    executable: facts.executable,
    temporaryDirectory: facts.temporaryFolder,
    searchPath: facts.searchPath,
  });
}

/** `hasIncoming`: the target's incoming traffic can be had. */
export function sessionRules(
  config: Config,
  facts: RuleFacts,
  decidePath: CompiledPathRules["decide"],
  hasIncoming: boolean,
): SessionRules {
  const { incoming, outgoing, dns, ipv6 } = config.feature.network;
  const outgoingFilter = filterOf(outgoing.filter, parseAddressFilter);
  const debuggerPorts = parsePortRanges(facts.debuggerPorts ?? "");
  return {
    decidePath,
    incoming: {
      mode: hasIncoming ? incoming.mode : "off",
      ignoreLocalhost: incoming.ignore_localhost,
      ignorePorts: incoming.ignore_ports ?? [],
      onlyPorts: incoming.ports,
      debuggerPorts,
      portMapping: incoming.port_mapping,
      listenPorts: incoming.listen_ports.map(([port]) => port),
    },
    outgoing: {
      tcp: outgoing.tcp,
      udp: outgoing.udp,
      ignoreLocalhost: outgoing.ignore_localhost,
      unixStreams: outgoing.unix_streams.map((pattern) => compilePattern(pattern, { caseless: false }).regExp),
      debuggerPorts,
      ipv6,
      dns: dns.enabled,
      filter: outgoingFilter,
    },
    dns: { filter: filterOf(dns.filter, parseDnsFilter), outgoing: outgoingFilter, ipv6 },
  };
}

/** Throws `AddressFilterError` for an entry that is none. */
function filterOf(
  filter: Config["feature"]["network"]["outgoing"]["filter"],
  parse: (entry: string) => AddressFilter,
): OutgoingFilter | null {
  if (filter === null) return null;
  const side = filter.remote === undefined ? "local" : "remote";
  return { side, entries: (filter[side] ?? []).map(parse) };
}

/** What every layer of the session must know. */
export function layerConfig(
  config: Config,
  rules: SessionRules,
  facts: {
    table: CompiledPathRules["table"];
    parts: LayerParts;
    shadowFolder: string;
    streamedDevice: bigint;
    hostname: Uint8Array;
  },
): LayerConfigValue {
  const { feature } = config;
  const { incoming, outgoing } = rules;
  return {
    version: 1,
    layerPath: bytesFromText(facts.parts.library),
    supervisorPath: bytesFromText(facts.parts.supervisor),
    door: doors.indexOf(config.experimental.door),
    shadowDirectory: bytesFromText(facts.shadowFolder),
    streamedDevice: facts.streamedDevice,
    filesMode: fileModes.indexOf(feature.fs.mode),
    pathRules: facts.table,
    dnsEnabled: feature.network.dns.enabled,
    hostname: feature.hostname && facts.hostname.length > 0 ? facts.hostname : null,
    outgoingTcp: outgoing.tcp,
    outgoingUdp: outgoing.udp,
    outgoingUnix: outgoing.unixStreams.length > 0,
    outgoingIgnoreLocalhost: outgoing.ignoreLocalhost,
    ipv6: outgoing.ipv6,
    hidesIpv6Interfaces: config.experimental.hide_ipv6_interfaces,
    incomingMode: incomingModes.indexOf(incoming.mode),
    incomingIgnoreLocalhost: incoming.ignoreLocalhost,
    incomingIgnorePorts: incoming.ignorePorts.map(single),
    incomingOnlyPorts: incoming.onlyPorts === null ? null : servedPorts(incoming.onlyPorts, incoming.portMapping),
    listenPorts: feature.network.incoming.listen_ports.map(([requested, actual]) => ({ requested, actual })),
    debuggerPorts: incoming.debuggerPorts,
    skipProcesses: skippedProcesses(config).map(bytesFromText),
    logLevel: levels.indexOf(parseLevel(config.internal_proxy.log_level)),
  };
}

/** The program's ports whose traffic is that of one of the target's `ports`. */
function servedPorts(ports: number[], mapping: [number, number][]): PortRange[] {
  const mapped = mapping.filter(([, remote]) => ports.includes(remote)).map(([local]) => local);
  const unmapped = ports.filter((port) => !mapping.some(([local]) => local === port));
  return [...mapped, ...unmapped].map(single);
}

function single(port: number): PortRange {
  return { first: port, last: port };
}

function skippedProcesses(config: Config): string[] {
  if (!config.skip_build_tools) return config.skip_processes;
  return [...config.skip_processes, ...buildTools, ...config.skip_extra_build_tools];
}
