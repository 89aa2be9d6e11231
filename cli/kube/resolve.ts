/** From the target's path to a running container. */
import type { V1Pod } from "@kubernetes/client-node";
import { MirrordError } from "../error.ts";
import type { KubeApi } from "./api.ts";
import { ApiError, explain } from "./api_error.ts";
import { paths } from "./paths.ts";
import { type PodTarget, podTarget } from "./pod_target.ts";

/** The kinds that need no operator. */
export interface WorkloadTarget {
  kind: "pod" | "deployment" | "rollout";
  name: string;
  container: string | null;
}

/** The pod that was chosen. */
export interface ResolvedTarget extends PodTarget {
  /** How many other pods the workload has. */
  otherPods: number;
}

type Labels = Record<string, string>;

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** A deployment, a rollout, or what a rollout refers to. */
interface Workload {
  spec?: {
    selector?: Selector;
    template?: { metadata?: { labels?: Labels } };
    workloadRef?: { kind?: string; name?: string };
  };
  template?: { metadata?: { labels?: Labels } };
}

/** @throws {MirrordError} when there is no such object, or no pod of it can be a target now */
export async function resolveTarget(
  api: KubeApi,
  namespace: string,
  target: WorkloadTarget,
): Promise<ResolvedTarget> {
  if (target.kind === "pod") {
    const pod = await read<V1Pod>(api, paths.pods(namespace, target.name), "pod", namespace, target.name);
    return { ...podTarget(pod, target.container), otherPods: 0 };
  }
  const labelSelector = await selectorOf(api, namespace, target);
  const what = `${target.kind} ${target.name}`;
  const pods = await api.list<V1Pod>(paths.pods(namespace), { labelSelector }).catch((error) => {
    throw explain(error, `listing the pods of ${what}`, { verb: "list", resource: "pods" });
  });
  return firstUsable(pods, target.container, what);
}

/** The first pod that can be a target; if none can, the first one's reason. */
function firstUsable(pods: V1Pod[], container: string | null, what: string): ResolvedTarget {
  let reason: unknown;
  for (const pod of pods) {
    try {
      return { ...podTarget(pod, container), otherPods: pods.length - 1 };
    } catch (error) {
      reason ??= error;
    }
  }
  if (pods.length === 0) {
    throw new MirrordError(`${what} has no pods`, { help: "Is it scaled to zero? See `kubectl get pods`." });
  }
  const others = pods.length > 1 ? ` (nor any of its ${pods.length - 1} other pods)` : "";
  const help = reason instanceof MirrordError ? reason.help ?? undefined : undefined;
  throw new MirrordError(`${what} has no pod that can be a target${others}`, { cause: reason, help });
}

async function selectorOf(api: KubeApi, namespace: string, { kind, name }: WorkloadTarget): Promise<string> {
  const path = kind === "rollout" ? paths.rollouts(namespace, name) : paths.deployments(namespace, name);
  const workload = await read<Workload>(api, path, kind, namespace, name);
  const own = selectorText(workload.spec?.selector);
  if (own !== "") return own;
  const reference = workload.spec?.workloadRef;
  const referred = reference ? selectorText(await referredSelector(api, namespace, reference)) : "";
  if (referred !== "") return referred;
  throw new MirrordError(`${kind} ${name} does not say which pods are its own: it lacks spec.selector`);
}

/** As the API takes it in a query. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector = {}): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}

/** A rollout may leave its pods to another object. */
async function referredSelector(
  api: KubeApi,
  namespace: string,
  reference: { kind?: string; name?: string },
): Promise<Selector | undefined> {
  const { kind = "", name = "" } = reference;
  const path = {
    Deployment: paths.deployments,
    ReplicaSet: paths.replicaSets,
    StatefulSet: paths.statefulSets,
    PodTemplate: paths.podTemplates,
  }[kind];
  if (path === undefined) throw new MirrordError(`a rollout refers to a ${kind}, which is of an unknown kind`);
  const workload = await read<Workload>(api, path(namespace, name), kind, namespace, name);
  return workload.spec?.selector ?? { matchLabels: workload.template?.metadata?.labels };
}

async function read<T>(api: KubeApi, path: string, kind: string, namespace: string, name: string): Promise<T> {
  try {
    return await api.get<T>(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      throw new MirrordError(`there is no ${kind.toLowerCase()} ${name} in namespace ${namespace}`, {
        help: "`mirrord ls` shows what can be a target; another namespace is chosen by -n or target.namespace.",
      });
    }
    throw explain(error, `reading ${kind.toLowerCase()} ${name}`, { verb: "get", resource: `${kind.toLowerCase()}s` });
  }
}
