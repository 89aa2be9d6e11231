/** Rules about incoming traffic. */
import type { Config } from "../config.ts";
import type { Findings } from "./findings.ts";

const section = "feature.network.incoming";

export function verifyIncoming(config: Config, findings: Findings): void {
  const { incoming } = config.feature.network;
  verifyPorts(incoming, findings);
  verifyHttpFilter(incoming, findings);
  verifyPairs("port_mapping", incoming.port_mapping, findings);
  verifyPairs("listen_ports", incoming.listen_ports, findings);
  for (const name of ["https_delivery", "tls_delivery"] as const) verifyDelivery(name, incoming[name], findings);
}

type Incoming = Config["feature"]["network"]["incoming"];

function verifyPorts(incoming: Incoming, findings: Findings): void {
  if (incoming.ports !== null && (incoming.ignore_ports ?? []).length > 0) {
    findings.error(section, "`ports` and `ignore_ports` cannot be used together");
  }
  const filtered = new Set(incoming.http_filter.ports ?? []);
  const both = (incoming.ports ?? []).filter((port) => filtered.has(port));
  if (both.length > 0) {
    findings.error(
      section,
      `${
        both.join(", ")
      } stand in \`http_filter.ports\` (stolen if the filter matches) and in \`ports\` (stolen always)`,
    );
  }
}

function verifyHttpFilter(incoming: Incoming, findings: Findings): void {
  const path = `${section}.http_filter`;
  const filter = incoming.http_filter;
  const used = (["header_filter", "path_filter", "all_of", "any_of"] as const).filter((name) => filter[name] !== null);
  if (used.length > 1) {
    findings.error(path, `${used.join(" and ")} exclude each other: combine them by all_of or any_of`);
  }
  if (used.length > 0 && incoming.mode === "steal") {
    findings.error(path, "cannot be used in this version of mirrord: all traffic would be stolen");
  } else if (used.length > 0) {
    findings.warning(path, "is ignored: it works in `steal` mode only");
  }
  findings.pattern(`${path}.header_filter`, filter.header_filter);
  findings.pattern(`${path}.path_filter`, filter.path_filter);
  for (const name of ["all_of", "any_of"] as const) {
    if (filter[name]?.length === 0) findings.error(`${path}.${name}`, "is empty");
    for (const condition of filter[name] ?? []) {
      findings.pattern(`${path}.${name}`, condition.header ?? null);
      findings.pattern(`${path}.${name}`, condition.path ?? null);
    }
  }
}

function verifyPairs(name: "port_mapping" | "listen_ports", pairs: [number, number][], findings: Findings): void {
  for (const side of [0, 1] as const) {
    const ports = pairs.map((pair) => pair[side]);
    const twice = ports.find((port, index) => ports.indexOf(port) !== index);
    if (twice !== undefined) findings.error(`${section}.${name}`, `maps port ${twice} twice`);
  }
  for (const [left, right] of pairs) {
    if (left === right) findings.warning(`${section}.${name}`, `maps port ${left} to itself`);
  }
}

function verifyDelivery(name: string, delivery: Incoming["https_delivery"], findings: Findings): void {
  if (delivery.protocol !== "tls") return;
  if (delivery.trust_roots.length > 0 && delivery.server_cert !== null) {
    findings.error(`${section}.${name}`, "`trust_roots` and `server_cert` cannot be used together");
  }
  const server = delivery.server_name;
  if (server !== null && !/^([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?$|^[0-9A-Fa-f:]+$/.test(server)) {
    findings.error(`${section}.${name}.server_name`, `\`${server}\` is no DNS name or address`);
  }
}
