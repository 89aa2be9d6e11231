/** Follows a target's pod: restarts of its container, and its end. */
import type { V1Pod } from "@kubernetes/client-node";
import { sleep } from "../target/prove_agent.ts";
import type { KubeApi } from "./api.ts";
import { paths } from "./paths.ts";
import type { PodTarget } from "./pod_target.ts";

/** `restarted`: the container runs again in the same pod, with this id. `left`: the pod is gone, or going. */
export type PodChange = { kind: "restarted"; containerId: string } | { kind: "left" };

const retryDelayMs = 2000;

/** Yields changes until the pod is left, or until `signal` is aborted. */
export async function* followPod(api: KubeApi, target: PodTarget, signal: AbortSignal): AsyncGenerator<PodChange> {
  let containerId = target.containerId;
  while (!signal.aborted) {
    try {
      for await (const { type, object: pod } of watchOne(api, target, signal)) {
        if (type === "DELETED" || hasLeft(pod, target)) return yield { kind: "left" };
        const now = runningId(pod, target.container);
        if (now === null || now === containerId) continue;
        containerId = now;
        yield { kind: "restarted", containerId };
      }
    } catch {
      // The API server can't be reached for a while; the session may well live on.
    }
    await sleep(retryDelayMs, signal);
    if (!signal.aborted && await isGone(api, target)) return yield { kind: "left" };
  }
}

function watchOne(api: KubeApi, { namespace, pod }: PodTarget, signal: AbortSignal) {
  return api.watch<V1Pod>(paths.pods(namespace), { fieldSelector: `metadata.name=${pod}` }, signal);
}

/** A watch that begins after the pod's end tells nothing of it. */
async function isGone(api: KubeApi, target: PodTarget): Promise<boolean> {
  try {
    const pod = await api.find<V1Pod>(paths.pods(target.namespace, target.pod));
    return pod === null || hasLeft(pod, target);
  } catch {
    return false;
  }
}

/** A pod that is being deleted gets no traffic any more. */
function hasLeft(pod: V1Pod, target: PodTarget): boolean {
  const phase = pod.status?.phase;
  return pod.metadata?.uid !== target.podUid || pod.metadata?.deletionTimestamp !== undefined ||
    phase === "Failed" || phase === "Succeeded";
}

function runningId(pod: V1Pod, container: string): string | null {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  return status?.state?.running ? status.containerID?.split("://")[1] ?? null : null;
}
