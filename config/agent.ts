/** `agent`: the agent that is started in the cluster, or beside a local target. */
import * as z from "zod";
import {
  anyValue,
  flag,
  integer,
  key,
  optionalFlag,
  optionalInteger,
  optionalText,
  section,
  text,
  textMap,
  u16,
  u32,
  u53,
} from "./key.ts";

const capabilities = ["NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN"] as const;

/** `{registry, tag}` as one image name. */
function acceptImage(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  const { registry, tag, ...others } = raw as Record<string, unknown>;
  if (Object.keys(others).length > 0 || typeof registry !== "string") return raw;
  return typeof tag === "string" ? `${registry}:${tag}` : tag === undefined ? registry : raw;
}

/** Older documents name the secret `secret-key`. */
function acceptPullSecrets(raw: unknown): unknown {
  if (!Array.isArray(raw)) return raw;
  return raw.map((entry) => {
    const isOld = typeof entry === "object" && entry !== null && "secret-key" in entry && !("name" in entry);
    if (!isOld) return entry;
    const { "secret-key": name, ...others } = entry as Record<string, unknown>;
    return { name, ...others };
  });
}

const image = key(z.string().nullable().default(null), {
  doc: 'Image of the agent, as a string or as `{"registry": "…", "tag": "…"}`.',
  defaultDoc: "the image of this release",
  env: ["MIRRORD_AGENT_IMAGE"],
  fromText: (value) => value,
  accept: acceptImage,
  shortForms: [{
    type: "object",
    properties: { registry: { type: "string" }, tag: { type: "string" } },
    required: ["registry"],
    additionalProperties: false,
  }],
  expects: "an image name, or an object with registry and tag",
});

const tolerationSchema = z.looseObject({
  key: z.string().optional(),
  operator: z.string().optional(),
  value: z.string().optional(),
  effect: z.string().optional(),
  tolerationSeconds: z.number().int().optional(),
});

const quantities = z.record(z.string(), z.union([z.string(), z.number()]));

const identity = {
  log_level: text("info", {
    doc: "Log level of the agent: `trace`, `debug`, `info`, `warn`, `error`, or a filter like `mirrord=debug,warn`.",
    env: "MIRRORD_AGENT_RUST_LOG",
  }),
  json_log: flag(false, { doc: "Whether the agent logs JSON instead of text.", env: "MIRRORD_AGENT_JSON_LOG" }),
  namespace: optionalText({
    doc: "Namespace of the agent's Job. Not used for ephemeral containers and targetless runs.",
    defaultDoc: "the namespace of the Kubernetes context",
    env: "MIRRORD_AGENT_NAMESPACE",
  }),
  image,
  image_pull_policy: text("IfNotPresent", {
    doc: "When the image is pulled: `IfNotPresent`, `Always`, `Never`.",
    env: "MIRRORD_AGENT_IMAGE_PULL_POLICY",
  }),
  image_pull_secrets: key(z.array(z.strictObject({ name: z.string() })).default([]), {
    doc: 'Secrets for pulling the image: `[{"name": "SECRET"}]`.',
    accept: acceptPullSecrets,
    expects: 'a list like [{"name": "SECRET"}]',
  }),
};

const life = {
  ttl: integer(1, u16, {
    doc: "Seconds for which the finished agent is kept, for its logs.",
    env: "MIRRORD_AGENT_TTL",
  }),
  ephemeral: flag(false, {
    doc: "Whether the agent is an ephemeral container of the target's pod instead of a Job.",
    env: "MIRRORD_EPHEMERAL_CONTAINER",
  }),
  communication_timeout: optionalInteger(u16, {
    doc: "Seconds without any client after which the agent ends.",
    defaultDoc: "30",
    env: "MIRRORD_AGENT_COMMUNICATION_TIMEOUT",
  }),
  startup_timeout: integer(60, u53, {
    doc: "Seconds to wait until the agent is ready.",
    env: "MIRRORD_AGENT_STARTUP_TIMEOUT",
  }),
  check_out_of_pods: flag(true, {
    doc: "Whether to check first that the target's node has room for one more pod.",
  }),
};

const network = {
  network_interface: optionalText({
    doc: "Interface on which traffic is mirrored.",
    defaultDoc: "all of the target's; in a mesh `lo`, where the mesh's proxy hands over what it has decrypted",
    env: "MIRRORD_AGENT_NETWORK_INTERFACE",
  }),
  flush_connections: flag(true, {
    doc: "Whether connections that exist when stealing starts are reset, so that they are stolen when they come again.",
    env: "MIRRORD_AGENT_STEALER_FLUSH_CONNECTIONS",
    effect: "none",
  }),
  nftables: optionalFlag({
    doc: "Which firewall to use. Traffic is diverted by what the kernel has, so that there is nothing to choose.",
    effect: "none",
  }),
  exclude_from_mesh: flag(false, {
    doc: "In a mesh, an ephemeral agent's port is taken out of the mesh's rules. It is reached over `lo`, past them.",
    env: "MIRRORD_AGENT_EXCLUDE_FROM_MESH",
    effect: "none",
  }),
  dns: section({
    timeout: optionalInteger(u32, { doc: "Seconds to wait for a name server." }),
    attempts: optionalInteger(u32, { doc: "How often each name server is asked." }),
  }, { doc: "How the agent resolves names." }),
  metrics: optionalText({ doc: "Address (`0.0.0.0:9000`) of a Prometheus endpoint of the agent.", effect: "none" }),
  external_ip_fix: flag(true, { doc: "Of a newer version.", env: "MIRRORD_AGENT_EXTERNAL_IP_FIX", effect: "none" }),
  clean_iptables_on_start: flag(false, {
    doc: "Of a newer version: nothing of ours stays behind that would need it.",
    env: "MIRRORD_AGENT_CLEAN_IPTABLES_ON_START",
    effect: "none",
  }),
  inject_headers: flag(false, { doc: "Of a newer version.", effect: "none" }),
  override_cache_control: flag(true, { doc: "Of a newer version.", effect: "none" }),
  max_body_buffer_size: integer(65535, u32, { doc: "Of a newer version.", effect: "none" }),
  max_body_buffer_timeout: integer(1000, u32, { doc: "Of a newer version.", effect: "none" }),
  http_detection_timeout: integer(2, u53, {
    doc: "Of a newer version.",
    env: "MIRRORD_AGENT_HTTP_DETECTION_TIMEOUT",
    effect: "none",
  }),
  jaq_time_limit: integer(1, u53, { doc: "Of a newer version.", effect: "none" }),
};

const pod = {
  disabled_capabilities: key(z.array(z.enum(capabilities)).default([]), {
    doc: `Linux capabilities the agent's container must not get: ${capabilities.join(", ")}.`,
    expects: `a list of ${capabilities.join(", ")}`,
  }),
  tolerations: key(z.array(tolerationSchema).default([{ operator: "Exists" }]), {
    doc: "Tolerations of the agent's pod; `[]` for none. Not for ephemeral containers.",
    expects: "a list of Kubernetes tolerations",
  }),
  resources: key(
    z.strictObject({ requests: quantities.optional(), limits: quantities.optional() }).default({
      requests: { cpu: "1m", memory: "1Mi" },
      limits: { cpu: "1", memory: "256Mi" },
    }),
    {
      // More than the original's 100m and 100Mi, in which a JavaScript runtime would be throttled or killed.
      doc: "Resources of the agent's container, as in a pod. Not for ephemeral containers.",
      expects: "an object with requests and limits",
    },
  ),
  privileged: flag(false, { doc: "Whether the agent's container is privileged. Never when targetless." }),
  labels: textMap({ doc: "Labels for the Job and its pod." }),
  annotations: textMap({ doc: "Annotations for the Job and its pod." }),
  node_selector: textMap({ doc: "Node selector of the agent's pod; targetless runs only." }),
  service_account: optionalText({ doc: "Service account of the agent's pod." }),
  priority_class: optionalText({ doc: "Priority class of the agent's pod." }),
  security_context: anyValue({ doc: "Of a newer version: seccomp and AppArmor profiles.", effect: "none" }),
  disable_mesh_sidecar_injection: flag(true, {
    doc: "Whether the agent's pod says to meshes that it wants no sidecar.",
  }),
};

export const agent = section({ ...identity, ...life, ...network, ...pod }, {
  doc: "The agent that mirrord starts beside the target. Not used with the operator.",
});
