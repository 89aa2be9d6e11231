/** `feature.network.incoming`: traffic that reaches the target. */
import * as z from "zod";
import { choice, flag, key, optionalPorts, optionalText, portPairs, section, textList } from "../key.ts";
import { httpFilter } from "./http_filter.ts";

const incomingModes = ["mirror", "steal", "off"] as const;

function acceptIncoming(raw: unknown): unknown {
  if (raw === true) return {};
  if (raw === false) return { mode: "off" };
  return typeof raw === "string" ? { mode: raw } : raw;
}

/** The flag `--steal` says true; `true` and `false` of the variable mean steal and off. */
function modeFromText(value: string): unknown {
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "1") return "steal";
  return word === "false" || word === "0" ? "off" : word;
}

const delivery = section({
  protocol: choice(["tls", "tcp"], "tls", { doc: "How stolen HTTPS requests reach the local program." }),
  trust_roots: textList([], { doc: "PEM files, or folders of them, with the certificates to trust." }),
  server_name: optionalText({ doc: "Name to ask the local program for." }),
  server_cert: optionalText({ doc: "PEM file with the local program's certificate chain." }),
}, { doc: "How stolen HTTPS requests are delivered locally (operator only).", effect: "none" });

export const incoming = section({
  mode: key(z.enum(incomingModes).default("mirror"), {
    doc:
      "`mirror`: the program gets a copy of the traffic, and the target answers. `steal`: the program answers instead " +
      "of the target. `off`: nothing.",
    env: ["MIRRORD_AGENT_TCP_STEAL_TRAFFIC"],
    fromText: modeFromText,
  }),
  http_filter: httpFilter,
  port_mapping: portPairs({
    doc: "Pairs `[local, remote]`: the program's port `local` gets the traffic of the target's port `remote`.",
  }),
  listen_ports: portPairs({
    doc:
      "Pairs `[port, actual]`: when the program listens on `port`, it does so on `actual` in fact, while the traffic is " +
      "that of `port`.",
  }),
  ignore_ports: optionalPorts({ doc: "Ports that stay local. Not together with `ports`." }),
  ports: optionalPorts({
    doc: "The only ports whose traffic is mirrored or stolen. Not together with `ignore_ports`.",
    defaultDoc: "all the program listens on",
  }),
  ignore_localhost: flag(false, { doc: "Whether a program that listens on the loopback address stays local." }),
  on_concurrent_steal: choice(["abort", "continue", "override"], "abort", {
    doc: "What to do when somebody else steals the port (operator only).",
    env: "MIRRORD_OPERATOR_ON_CONCURRENT_STEAL",
    unstable: true,
    effect: "none",
  }),
  https_delivery: delivery,
  tls_delivery: delivery,
}, {
  doc: "Traffic that reaches the target. `true` or `mirror`, `steal`, `false` or `off`, or an object.",
  accept: acceptIncoming,
  shortForms: [{ type: "boolean" }, { enum: incomingModes }],
  expects: "true, false, a mode or an object",
});
