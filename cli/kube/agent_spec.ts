/** The agent as Kubernetes objects: a Job with one pod, or an ephemeral container. */
import type { V1Container, V1EnvVar, V1EphemeralContainer, V1Job, V1PodSpec } from "@kubernetes/client-node";
import type { Config } from "../../config/config.ts";
import { agentEnvironment } from "../target/agent_environment.ts";
import { defaultAgentImage } from "../version.ts";
import type { PodTarget } from "./pod_target.ts";

export interface AgentSpecOptions {
  name: string;
  agent: Config["agent"];
  /** Where the agent listens, on 127.0.0.1 of its own network. */
  port: number;
  /** Hex digits; the token itself never gets into an object that others may read. */
  tokenHash: string;
}

export interface AgentJobOptions extends AgentSpecOptions {
  /** Null for a targetless agent. */
  target: PodTarget | null;
  /** The Job is ended by Kubernetes after this time; null for never. */
  deadlineSeconds: number | null;
}

export const agentContainerName = "mirrord-agent";

const capabilities = ["NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN"] as const;

/** What meshes are told: an agent with a sidecar would see only the sidecar. Stronger than what the user set. */
const meshLabels = { "kuma.io/sidecar-injection": "disabled" };
const meshAnnotations = { "sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled" };

export function agentJob(options: AgentJobOptions): V1Job {
  const { agent, name } = options;
  const mesh = agent.disable_mesh_sidecar_injection;
  const labels = { ...agent.labels, app: "mirrord", ...(mesh && meshLabels) };
  const annotations = { ...agent.annotations, ...(mesh && meshAnnotations) };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, labels, annotations },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: agent.ttl,
      ...(options.deadlineSeconds !== null && { activeDeadlineSeconds: options.deadlineSeconds }),
      template: { metadata: { labels, annotations }, spec: podSpec(options) },
    },
  };
}

/** Ephemeral containers have no resources; volumes and tolerations are those of their pod. */
export function agentEphemeralContainer(options: AgentSpecOptions & { target: PodTarget }): V1EphemeralContainer {
  const { agent, name, port, target } = options;
  // With a process namespace for the whole pod, pid 1 is not the target's.
  const which = target.sharesProcesses ? ["--ephemeral-container-id", target.containerId] : ["--ephemeral"];
  return {
    name,
    image: agent.image ?? defaultAgentImage,
    imagePullPolicy: agent.image_pull_policy,
    targetContainerName: target.container,
    args: [...which, ...listen(port)],
    env: variables(options),
    securityContext: targetedSecurity(agent),
  };
}

function podSpec(options: AgentJobOptions): V1PodSpec {
  const { agent, target } = options;
  return {
    restartPolicy: "Never",
    // What the agent holds in the kernel goes with it, however it ends.
    terminationGracePeriodSeconds: 1,
    // The agent never speaks with the API server.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [container(options)],
    ...(agent.service_account !== null && { serviceAccountName: agent.service_account }),
    ...(agent.priority_class !== null && { priorityClassName: agent.priority_class }),
    ...(agent.image_pull_secrets.length > 0 && { imagePullSecrets: agent.image_pull_secrets }),
    ...(target === null
      ? { nodeSelector: agent.node_selector }
      : { hostPID: true, nodeName: target.node, tolerations: agent.tolerations }),
  };
}

function container(options: AgentJobOptions): V1Container {
  const { agent, target, port } = options;
  const which = target === null ? ["--targetless"] : ["--container-id", target.containerId];
  return {
    name: agentContainerName,
    image: agent.image ?? defaultAgentImage,
    imagePullPolicy: agent.image_pull_policy,
    args: [...which, ...listen(port)],
    env: variables(options),
    resources: agent.resources as V1Container["resources"],
    securityContext: target === null ? targetlessSecurity : targetedSecurity(agent),
  };
}

function listen(port: number): string[] {
  return ["--listen", `127.0.0.1:${port}`];
}

/** In a mesh, what clients send is to be read between the sidecar and the program; before the sidecar it is encrypted. */
const meshInterface = "lo";

function variables({ agent, tokenHash, target }: AgentSpecOptions & { target: PodTarget | null }): V1EnvVar[] {
  const inMesh = target !== null && target.mesh !== null && agent.network_interface === null;
  const env = {
    ...agentEnvironment(agent),
    ...(inMesh && { MIRRORD_AGENT_NETWORK_INTERFACE: meshInterface }),
    MIRRORD_AGENT_TOKEN_HASH: tokenHash,
  };
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** Said explicitly, since the target's pod may say otherwise for all its containers. */
function targetedSecurity(agent: Config["agent"]) {
  return {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    privileged: agent.privileged,
    capabilities: { add: capabilities.filter((name) => !agent.disabled_capabilities.includes(name)) },
  };
}

/** Without a target there is nothing to enter: what the strictest pod security standard allows is enough. */
const targetlessSecurity = {
  runAsUser: 65532,
  runAsGroup: 65532,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
