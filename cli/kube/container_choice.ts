/** Which container of a pod is the target. */
import type { V1Pod } from "@kubernetes/client-node";

/** Containers that meshes, Vault, Knative and others put beside the one that is meant. */
const helperContainers: readonly string[] = [
  "kuma-sidecar",
  "kuma-init",
  "istio-proxy",
  "istio-init",
  "linkerd-proxy",
  "linkerd-init",
  "vault-agent",
  "vault-agent-init",
  "queue-proxy",
  "traffic-agent",
];

const defaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

export interface ContainerChoice {
  name: string;
  /** Other containers that could have been meant as well; empty when there is no doubt. */
  alternatives: string[];
}

/**
 * The named one; else the one that the pod's annotation names; else the first of the specification that is no helper.
 * Null when there is no such container.
 */
export function chooseContainer(pod: V1Pod, wanted: string | null): ContainerChoice | null {
  const names = (pod.spec?.containers ?? []).map((container) => container.name);
  const chosen = wanted ?? pod.metadata?.annotations?.[defaultContainerAnnotation];
  if (chosen !== undefined && (wanted !== null || names.includes(chosen))) {
    return names.includes(chosen) ? { name: chosen, alternatives: [] } : null;
  }
  const ordinary = names.filter((name) => !helperContainers.includes(name));
  const candidates = ordinary.length > 0 ? ordinary : names;
  const [first, ...alternatives] = candidates;
  return first === undefined ? null : { name: first, alternatives };
}
