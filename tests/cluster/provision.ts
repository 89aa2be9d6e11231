/** Fills the running cluster: started by `up` within the laptop's namespace. */
import { ClusterApi, type Resource } from "./api.ts";
import { waitUntil } from "./command.ts";
import { dnsResources } from "./dns.ts";
import { fixtureResources, shopNamespace } from "./fixtures.ts";
import { nodeName } from "./settings.ts";

export async function provision(): Promise<void> {
  using api = new ClusterApi();
  await waitUntil("the API server", 60_000, () => answersReady(api));
  for (const resource of [...dnsResources, ...fixtureResources]) await applyWithPatience(api, resource);
  await waitUntil("the node", 60_000, () => nodeIsReady(api));
  for (const namespace of ["kube-system", shopNamespace]) {
    await waitUntil(`the pods of ${namespace}`, 60_000, () => podsAreReady(api, namespace));
  }
}

/** Whether the cluster answers and its pods are ready. */
export async function isReady(): Promise<boolean> {
  using api = new ClusterApi();
  return await answersReady(api) && await nodeIsReady(api) && await podsAreReady(api, "kube-system") &&
    await podsAreReady(api, shopNamespace);
}

async function answersReady(api: ClusterApi): Promise<boolean> {
  return await api.request("GET", "/readyz") === "ok";
}

/** A bare pod is refused until its namespace has the default service account. */
async function applyWithPatience(api: ClusterApi, resource: Resource): Promise<void> {
  await waitUntil(`creating ${resource.kind} ${resource.metadata.name}`, 30_000, async () => {
    await api.apply(resource);
    return true;
  });
}

async function nodeIsReady(api: ClusterApi): Promise<boolean> {
  return hasCondition(await api.request("GET", `/api/v1/nodes/${nodeName}`), "Ready");
}

async function podsAreReady(api: ClusterApi, namespace: string): Promise<boolean> {
  const { items } = await api.request("GET", `/api/v1/namespaces/${namespace}/pods`);
  return items.length > 0 && items.every((pod: Resource) => hasCondition(pod, "Ready"));
}

function hasCondition(resource: Resource, type: string): boolean {
  const conditions: { type: string; status: string }[] = resource.status?.conditions ?? [];
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}
