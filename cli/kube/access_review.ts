/** What this user may do. */
import type { V1SelfSubjectAccessReview } from "@kubernetes/client-node";
import type { KubeApi } from "./api.ts";
import { paths } from "./paths.ts";

/**
 * Whether Jobs of the namespace may be changed. Only then does the agent's Job get a deadline, which ends it should we die
 * before the agent is ready: it has to be lifted afterwards.
 */
export async function mayPatchJobs(api: KubeApi, namespace: string): Promise<boolean> {
  const resourceAttributes = { namespace, verb: "patch", group: "batch", resource: "jobs" };
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  try {
    return (await api.create<V1SelfSubjectAccessReview>(paths.accessReviews, review)).status?.allowed ?? false;
  } catch {
    return false;
  }
}
