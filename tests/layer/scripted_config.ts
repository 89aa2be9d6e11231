/** What layers are told about a session whose target is a script. */
import type { LayerConfig } from "../../protocol/layer/messages.ts";
import { PathSet } from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import { type PathRule, pathRules } from "./path_rules.ts";

type Config = Infer<typeof LayerConfig>;

/** The native parts under test. */
export interface LayerFiles {
  library: string;
  supervisor: string;
}

const localDirectories = [
  ...["/usr", "/lib", "/lib64", "/bin", "/sbin", "/proc", "/sys", "/dev", "/tmp", "/etc", "/opt", "/root", "/run"],
  "/home",
];

/** What is local in every test: the machine's own programs and libraries, and the tests' scratch files. */
const usualRules: PathRule[] = [
  ...localDirectories.map((path) => ({ path, beneath: true, sets: PathSet.defaultLocal })),
  { path: "/", sets: PathSet.defaultLocal },
  { path: "/etc/hostname", sets: PathSet.defaultReadOnly },
  { path: "/usr/forbidden", beneath: true, sets: PathSet.defaultNotFound },
];

/** Everything is remote that can be, but for `usualRules`; a test adds rules and changes what it is about. */
export function scriptedConfig(
  { library, supervisor }: LayerFiles,
  shadowDirectory: string,
  rules: PathRule[] = [],
  changes: Partial<Config> = {},
): Config {
  const encoder = new TextEncoder();
  return {
    version: 1,
    layerPath: encoder.encode(library),
    supervisorPath: encoder.encode(supervisor),
    door: 0,
    shadowDirectory: encoder.encode(shadowDirectory),
    streamedDevice: 0n,
    filesMode: 2,
    pathRules: pathRules([...usualRules, ...rules]),
    dnsEnabled: true,
    hostname: encoder.encode("remote-host"),
    outgoingTcp: true,
    outgoingUdp: true,
    outgoingUnix: false,
    outgoingIgnoreLocalhost: true,
    ipv6: true,
    hidesIpv6Interfaces: false,
    incomingMode: 2,
    incomingIgnoreLocalhost: false,
    incomingIgnorePorts: [],
    incomingOnlyPorts: null,
    listenPorts: [],
    debuggerPorts: [],
    skipProcesses: [],
    logLevel: 0,
    ...changes,
  };
}
