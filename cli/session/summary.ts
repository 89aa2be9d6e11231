/** What the session is, in a few lines, before the program starts. */
import type { Config } from "../../config/config.ts";
import { excludesEverything } from "../../config/verify/features.ts";

export interface SummaryFacts {
  config: Config;
  /** The configuration file, or null. */
  file: string | null;
  /** The command as typed. */
  command: readonly string[];
  /** What the proxy is connected to; null when targetless. */
  target: string | null;
  logPath: string | null;
}

export function summaryLines(facts: SummaryFacts): string[] {
  const { config } = facts;
  return [
    `Running binary "${facts.command[0]}" with arguments: ${JSON.stringify(facts.command.slice(1))}.`,
    `mirrord will target: ${facts.target ?? "nothing, it runs without a target"}, the configuration file is ${
      facts.file ?? "none"
    }`,
    "operator: the session will not use the operator",
    `env: ${envLine(config)}`,
    `fs: ${fsLine(config)}`,
    ...incomingLines(config, facts.target !== null),
    `outgoing: ${outgoingLine(config)}`,
    `dns: ${dnsLine(config)}`,
    ...(facts.logPath === null ? [] : [`internal proxy: logs will be written to ${facts.logPath}`]),
  ];
}

function envLine(config: Config): string {
  const { include, exclude } = config.feature.env;
  if (include !== null) return "not all environment variables will be fetched";
  if (excludesEverything(exclude)) return "no environment variables will be fetched";
  return exclude === null
    ? "all environment variables will be fetched"
    : "not all environment variables will be fetched";
}

function fsLine(config: Config): string {
  const words = {
    read: "files will default to read only from the remote",
    write: "files will default to read and write from the remote",
    local: "files will default to local",
    localwithoverrides: "files will default to local, with a few read from the remote",
  };
  return words[config.feature.fs.mode];
}

function incomingLines(config: Config, hasTarget: boolean): string[] {
  const { mode, http_filter: filter, ports } = config.feature.network.incoming;
  if (mode === "off" || !hasTarget) return ["incoming: incoming traffic will be ignored"];
  if (mode === "mirror") return ["incoming: incoming traffic will be mirrored"];
  const isFiltered = [filter.header_filter, filter.path_filter, filter.all_of, filter.any_of].some((one) =>
    one !== null
  );
  if (!isFiltered) return ["incoming: incoming traffic will be stolen"];
  const unfiltered = ports === null ? "no ports" : `ports ${ports.join(", ")}`;
  return [
    `incoming: HTTP requests that pass the filter will be stolen on ports ${(filter.ports ?? [80, 8080]).join(", ")}`,
    `incoming: all traffic will be stolen on ${unfiltered}`,
  ];
}

function outgoingLine(config: Config): string {
  const { tcp, udp } = config.feature.network.outgoing;
  if (tcp && udp) return "forwarding is enabled on TCP and UDP";
  if (tcp || udp) return `forwarding is enabled on ${tcp ? "TCP" : "UDP"}`;
  return "forwarding is disabled on TCP and UDP";
}

function dnsLine(config: Config): string {
  const { enabled, filter } = config.feature.network.dns;
  if (!enabled) return "DNS will be resolved locally";
  return filter === null ? "DNS will be resolved remotely" : "DNS will be resolved remotely, with exceptions";
}
