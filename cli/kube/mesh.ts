/** The service mesh that a pod is in, as far as it shows on the pod. */
import type { V1Pod } from "@kubernetes/client-node";

export type Mesh = "Istio" | "Istio (ambient)" | "Linkerd" | "Kuma";

const ambientAnnotation = "ambient.istio.io/redirection";
/** Containers by which a mesh is known, ordinary or for the pod's start. */
const containers: Record<string, Mesh> = {
  "istio-proxy": "Istio",
  "istio-init": "Istio",
  "istio-validation": "Istio",
  "linkerd-proxy": "Linkerd",
  "linkerd-init": "Linkerd",
  "kuma-sidecar": "Kuma",
  "kuma-init": "Kuma",
};

/** Null when it is in none that we know. */
export function meshOf({ metadata, spec }: V1Pod): Mesh | null {
  if (metadata?.annotations?.[ambientAnnotation] === "enabled") return "Istio (ambient)";
  const names = [...spec?.containers ?? [], ...spec?.initContainers ?? []].map(({ name }) => name);
  const known = names.find((name) => Object.hasOwn(containers, name));
  return known === undefined ? null : containers[known]!;
}
