/** Why an agent's pod will not come up: Kubernetes' own reasons, with what can be done. */
import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { MirrordError } from "../error.ts";

/** Reasons of a waiting container from which it doesn't recover by itself. */
const imageReasons = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"];
const startReasons = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"];

/** The error for a pod, or its container, that has failed; null while there is hope. */
export function podFailure(pod: V1Pod, container: string): MirrordError | null {
  const status = statusOf(pod, container);
  if (pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded") return ended(pod, status);
  if (status?.state?.terminated) return ended(pod, status);
  const waiting = status?.state?.waiting;
  const said = `${waiting?.reason}${waiting?.message ? `: ${waiting.message}` : ""}`;
  if (imageReasons.includes(waiting?.reason ?? "")) return imageError(status!.image, said);
  if (startReasons.includes(waiting?.reason ?? "")) {
    return new MirrordError("the agent's container could not be started", { cause: said });
  }
  return unschedulable(pod);
}

/** The state in a few words, for a timeout's message. */
export function podState(pod: V1Pod, container: string): string {
  const status = statusOf(pod, container);
  const waiting = status?.state?.waiting;
  if (waiting?.reason) return `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ""}`;
  const condition = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (condition) return `${condition.reason}: ${condition.message}`;
  return status?.state?.running ? "it runs, but does not answer" : `its pod is ${pod.status?.phase ?? "new"}`;
}

function statusOf(pod: V1Pod, container: string): V1ContainerStatus | undefined {
  const { containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...ephemeralContainerStatuses].find(({ name }) => name === container);
}

function imageError(image: string, said: string): MirrordError {
  return new MirrordError(`the node could not get the agent's image ${image}`, {
    cause: said,
    help:
      "Put the image where the node finds it: `mirrord image load kind|minikube|k3d|docker|podman|containerd` for a " +
      "cluster on this machine, or `mirrord image save FILE` and your registry, then agent.image (and " +
      "agent.image_pull_secrets).",
  });
}

function ended(pod: V1Pod, status: V1ContainerStatus | undefined): MirrordError {
  const { reason, message } = pod.status ?? {};
  if (reason && /^OutOf|^NodeAffinity$|^Preempt|^Evicted$/.test(reason)) {
    return new MirrordError("the target's node has no room for the agent", {
      cause: message ?? reason,
      help: "Free something on the node, or let the agent run inside the target's pod: agent.ephemeral.",
    });
  }
  const terminated = status?.state?.terminated;
  const code = terminated ? ` with code ${terminated.exitCode}` : "";
  const why = terminated?.reason === "OOMKilled" ? "it was out of memory" : message ?? terminated?.message;
  return new MirrordError(`the agent ended${code} before it was ready`, {
    cause: why || undefined,
    help: terminated?.reason === "OOMKilled" ? "Give it more by agent.resources." : undefined,
  });
}

/** Of a targetless agent, which the scheduler places. It may find room later, but nobody waits for that. */
function unschedulable(pod: V1Pod): MirrordError | null {
  const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (condition?.status !== "False" || condition.reason !== "Unschedulable") return null;
  return new MirrordError("no node can take the agent", {
    cause: condition.message,
    help: "See agent.node_selector, agent.resources and agent.tolerations.",
  });
}
