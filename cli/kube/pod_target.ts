/** A pod that can be a target: what must be true of it, and what is wanted of it. */
import type { V1Pod } from "@kubernetes/client-node";
import { MirrordError } from "../error.ts";
import { chooseContainer } from "./container_choice.ts";
import { type Mesh, meshOf } from "./mesh.ts";

/** A running container of a pod. */
export interface PodTarget {
  namespace: string;
  pod: string;
  /** Tells the pod from a later one with the same name. */
  podUid: string;
  node: string;
  container: string;
  /** As the runtime knows it, without `containerd://`. */
  containerId: string;
  podIps: string[];
  /** Containers that could have been meant as well. */
  alternatives: string[];
  /** Another pod with its name comes when this one is gone: a StatefulSet sees to that. */
  isReplacedByName: boolean;
  /** All containers of the pod share one process namespace. */
  sharesProcesses: boolean;
  mesh: Mesh | null;
}

const runtimes = ["docker", "containerd", "cri-o"];

/** @throws {MirrordError} that says why the pod, or its container, can't be a target now */
export function podTarget(pod: V1Pod, wantedContainer: string | null): PodTarget {
  const name = pod.metadata?.name ?? "";
  const refuse = (reason: string, help?: string): never => {
    throw new MirrordError(`pod ${name} can't be a target: ${reason}`, {
      help: help ?? `See \`kubectl describe pod ${name}\`.`,
    });
  };
  const { spec, status } = pod;
  if (pod.metadata?.deletionTimestamp) refuse("it is being deleted");
  if (status?.phase !== "Running") refuse(`it is ${status?.phase ?? "without a state"}${waitingReason(pod)}`);
  if (!spec?.nodeName) refuse("it is on no node");
  if (!status?.podIPs?.length) refuse("it has no address");
  const choice = chooseContainer(pod, wantedContainer);
  if (choice === null) {
    const names = (spec?.containers ?? []).map((container) => container.name).join(", ");
    return refuse(`it has no container ${wantedContainer}`, `Its containers: ${names}.`);
  }
  return {
    namespace: pod.metadata?.namespace ?? "",
    pod: name,
    podUid: pod.metadata?.uid ?? "",
    node: spec!.nodeName!,
    container: choice.name,
    containerId: readyContainerId(pod, choice.name, refuse),
    podIps: status!.podIPs!.map(({ ip }) => ip),
    alternatives: choice.alternatives,
    isReplacedByName: pod.metadata?.ownerReferences?.some(({ kind }) => kind === "StatefulSet") ?? false,
    sharesProcesses: spec!.shareProcessNamespace ?? false,
    mesh: meshOf(pod),
  };
}

/** The id in `containerd://ID` of a container that is ready. */
function readyContainerId(pod: V1Pod, container: string, refuse: (reason: string) => never): string {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  if (status === undefined) return refuse(`its container ${container} has no state yet`);
  if (!status.ready) return refuse(`its container ${container} is not ready${waitingReason(pod)}`);
  const [runtime, id] = (status.containerID ?? "").split("://");
  if (!id || !runtimes.includes(runtime!)) {
    return refuse(`its container ${container} has an id of an unknown kind: ${status.containerID}`);
  }
  return id;
}

/** What Kubernetes says about a container that does not run, in parentheses. */
function waitingReason(pod: V1Pod): string {
  for (const { name, state } of [...pod.status?.initContainerStatuses ?? [], ...pod.status?.containerStatuses ?? []]) {
    const reason = state?.waiting ?? (state?.terminated?.exitCode ? state.terminated : undefined);
    if (reason?.reason) return ` (${name}: ${reason.reason}${reason.message ? `: ${reason.message}` : ""})`;
  }
  return "";
}
