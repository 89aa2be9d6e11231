/** Whether the target's node takes one more pod: where it doesn't, the agent's would wait until the time is up. */
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { MirrordError } from "../error.ts";
import type { KubeApi } from "./api.ts";
import { ApiError } from "./api_error.ts";
import { paths } from "./paths.ts";

/** A user who may not look at nodes, or at other namespaces' pods, is not held up. @throws {MirrordError} without room */
export async function requireRoom(api: KubeApi, node: string): Promise<void> {
  const [allowed, present] = await Promise.all([allowedPods(api, node), presentPods(api, node)]);
  if (allowed === null || present === null || present < allowed) return;
  throw new MirrordError(`node ${node} has no room for the agent's pod: ${present} of ${allowed} pods are on it`, {
    help:
      "Choose a pod on another node, let the agent be a container of the target's pod (agent.ephemeral), or end a pod.",
  });
}

async function allowedPods(api: KubeApi, node: string): Promise<number | null> {
  const found = await ifAllowed(api.find<V1Node>(paths.nodes(node)));
  const count = Number(found?.status?.allocatable?.pods ?? NaN);
  return Number.isInteger(count) ? count : null;
}

/** Those that have ended take no room. */
async function presentPods(api: KubeApi, node: string): Promise<number | null> {
  const fieldSelector = `spec.nodeName=${node},status.phase!=Succeeded,status.phase!=Failed`;
  const pods = await ifAllowed(api.list<V1Pod>(paths.allPods, { fieldSelector }));
  return pods?.length ?? null;
}

async function ifAllowed<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}
