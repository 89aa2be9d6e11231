/** Waits until an agent in the cluster answers, or until it is clear that it won't. */
import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { MirrordError } from "../error.ts";
import { proveAgent, sleep } from "../target/prove_agent.ts";
import type { KubeApi } from "./api.ts";
import { ApiError, explain } from "./api_error.ts";
import { jobFailure } from "./job_failure.ts";
import { paths } from "./paths.ts";
import { podFailure, podState } from "./pod_failure.ts";

export interface AgentWait {
  api: KubeApi;
  namespace: string;
  /** Selects the agent's pod. */
  selection: { labelSelector?: string; fieldSelector?: string };
  container: string;
  /** The Job whose events tell why there is no pod; null for an ephemeral container. */
  jobUid: string | null;
  token: Uint8Array;
  timeoutMs: number;
  /** A tunnel to the agent in this pod. */
  dial(pod: string): Promise<Tunnel>;
}

const logLines = 20;

/**
 * Resolves with the pod's name. A container's start reaches the API server up to a second late, so the agent itself is asked
 * as soon as its pod is on a node.
 *
 * @throws {MirrordError} with Kubernetes' own reason
 */
export async function waitForAgent(wait: AgentWait): Promise<string> {
  const over = new AbortController();
  const state = { text: "its Job has made no pod" };
  const placed = Promise.withResolvers<string>();
  const watches = [watchPod(wait, state, placed.resolve, over.signal), watchJob(wait, over.signal)];
  try {
    const answer = placed.promise.then(async (pod) => {
      await proveAgent({ dial: () => wait.dial(pod), token: wait.token, isFinal: isRefusal, signal: over.signal });
      return pod;
    });
    return await Promise.race([answer, timeout(wait.timeoutMs, state, over.signal), ...watches]);
  } finally {
    over.abort();
    for (const watch of watches) watch.catch(() => {});
  }
}

/** Everything else is that it isn't there yet. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof MirrordError ? error.cause : error;
  return cause instanceof ApiError && (cause.status === 401 || cause.status === 403);
}

async function watchPod(
  wait: AgentWait,
  state: { text: string },
  onPlaced: (pod: string) => void,
  over: AbortSignal,
): Promise<never> {
  const { api, namespace, container } = wait;
  try {
    for await (const { type, object: pod } of api.watch<V1Pod>(paths.pods(namespace), wait.selection, over)) {
      if (type === "DELETED") throw deleted(pod);
      state.text = podState(pod, container);
      const failure = podFailure(pod, container);
      if (failure !== null) throw await withLog(wait, pod, failure);
      if (pod.spec?.nodeName) onPlaced(pod.metadata!.name!);
    }
  } catch (error) {
    throw explain(error, "watching the agent's pod", { verb: "watch", resource: "pods" });
  }
  return await never();
}

async function watchJob({ api, namespace, jobUid }: AgentWait, over: AbortSignal): Promise<never> {
  if (jobUid === null) return await never();
  const selection = { fieldSelector: `involvedObject.uid=${jobUid}` };
  try {
    for await (const { object } of api.watch<CoreV1Event>(paths.events(namespace), selection, over)) {
      const failure = jobFailure(object);
      if (failure !== null) throw failure;
    }
  } catch (error) {
    if (error instanceof MirrordError) throw error;
    // Who may not read events learns of the failure by the timeout.
  }
  return await never();
}

/** What the agent said before it ended. */
async function withLog(
  { api, namespace, container }: AgentWait,
  pod: V1Pod,
  failure: MirrordError,
): Promise<MirrordError> {
  if (failure.cause !== undefined) return failure;
  const log = await api.log(namespace, pod.metadata!.name!, container, logLines).catch(() => "");
  if (log.trim() === "") return failure;
  return new MirrordError(failure.message, { cause: log.trim(), help: failure.help ?? undefined });
}

function deleted(pod: V1Pod): MirrordError {
  return new MirrordError(`the agent's pod ${pod.metadata?.name} was deleted before it was ready`, {
    help: "Something in the cluster removed it: pod security, a policy, or a person.",
  });
}

async function timeout(timeoutMs: number, state: { text: string }, over: AbortSignal): Promise<never> {
  await sleep(timeoutMs, over);
  if (over.aborted) return await never();
  throw new MirrordError(`the agent was not ready within ${timeoutMs / 1000} s`, {
    cause: state.text,
    help: "More time is given by agent.startup_timeout.",
  });
}

function never(): Promise<never> {
  return new Promise(() => {});
}
