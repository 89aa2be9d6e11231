/** The whole configuration, assembled from its sections. Imports nothing of the rest of mirrord. */
import * as z from "zod";
import { agent } from "./agent.ts";
import { connectTcp } from "./connect_tcp.ts";
import { api, ci, container, externalProxy } from "./container.ts";
import { experimental } from "./experimental.ts";
import { feature } from "./feature/feature.ts";
import { internalProxy } from "./internal_proxy.ts";
import { anyValue, flag, optionalFlag, optionalText, section, textList } from "./key.ts";
import { target } from "./target.ts";

const processes = {
  skip_processes: textList([], {
    doc: "Names of processes to which mirrord does nothing.",
    env: "MIRRORD_SKIP_PROCESSES",
  }),
  skip_build_tools: flag(true, {
    doc: "Whether mirrord does nothing to well-known build tools, such as compilers and linkers.",
    env: "MIRRORD_SKIP_BUILD_TOOLS",
  }),
  skip_extra_build_tools: textList([], {
    doc: "Names of more build tools. Needs `skip_build_tools`.",
    env: "MIRRORD_SKIP_EXTRA_BUILD_TOOLS",
  }),
  sip_binaries: textList([], { doc: "macOS: more binaries to patch.", effect: "elsewhere" }),
  skip_sip: textList(["git"], {
    doc: "macOS: binaries never to patch.",
    env: "MIRRORD_SKIP_SIP",
    effect: "elsewhere",
  }),
};

const cluster = {
  accept_invalid_certificates: optionalFlag({
    doc: "Whether any certificate of the Kubernetes API server is accepted.",
    defaultDoc: "what the kubeconfig says",
    env: "MIRRORD_ACCEPT_INVALID_CERTIFICATES",
  }),
  kubeconfig: optionalText({
    doc: "Path of the kubeconfig; `~` and `$VARIABLE` are expanded.",
    defaultDoc: "`KUBECONFIG`, else `~/.kube/config`, else that of the pod we run in",
    env: "MIRRORD_KUBECONFIG",
  }),
  kube_context: optionalText({
    doc: "Context of the kubeconfig.",
    defaultDoc: "the current context",
    env: "MIRRORD_KUBE_CONTEXT",
  }),
  use_proxy: flag(true, {
    doc: "Whether mirrord's own requests use `HTTP_PROXY` and `HTTPS_PROXY`.",
    env: "MIRRORD_PROXY",
  }),
  operator: optionalFlag({
    doc: "Whether the operator is used: `true` requires it, `false` never asks for it.",
    defaultDoc: "it is used when it is there",
    env: "MIRRORD_OPERATOR_ENABLE",
  }),
  profile: optionalText({
    doc: "Name of a profile in the cluster (or `namespace/name`) that changes this configuration. Needs the operator.",
    effect: "refused",
  }),
  startup_retry: anyValue({ doc: "Of a newer version: how the start is tried again.", effect: "none" }),
  multi_cluster: anyValue({ doc: "Of a newer version.", effect: "refused" }),
};

const session = {
  telemetry: flag(true, {
    doc: "Whether usage statistics may be sent. This implementation sends none.",
    env: "MIRRORD_TELEMETRY",
  }),
  key: optionalText({
    doc: "Name of this session for templates and the operator.",
    env: "MIRRORD_KEY",
    effect: "none",
  }),
  api,
  traceparent: optionalText({ doc: "Of a newer version.", env: "TRACEPARENT", effect: "elsewhere" }),
  baggage: optionalText({ doc: "Of a newer version.", env: "BAGGAGE", effect: "elsewhere" }),
  ci,
};

/** The schema of a configuration in canonical form: `load.ts` brings files and variables into it. */
export const configSchema = section({
  target,
  connect_tcp: connectTcp,
  feature,
  agent,
  ...cluster,
  ...processes,
  internal_proxy: internalProxy,
  external_proxy: externalProxy,
  container,
  experimental,
  ...session,
}, { doc: "mirrord's configuration." });

/** A resolved configuration: every key has its value, in the canonical form. Key names are those of the file. */
export type Config = z.output<typeof configSchema>;
