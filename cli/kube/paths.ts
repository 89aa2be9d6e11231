/** Paths of the objects mirrord asks for. */

/** A collection, or the object `name` of it. */
function path(group: string, resource: string): (namespace: string, name?: string) => string {
  const prefix = group === "v1" ? "/api/v1" : `/apis/${group}`;
  return (namespace, name) => `${prefix}/namespaces/${namespace}/${resource}${name === undefined ? "" : `/${name}`}`;
}

export const paths = {
  pods: path("v1", "pods"),
  /** Of all namespaces. */
  allPods: "/api/v1/pods",
  events: path("v1", "events"),
  podTemplates: path("v1", "podtemplates"),
  deployments: path("apps/v1", "deployments"),
  replicaSets: path("apps/v1", "replicasets"),
  statefulSets: path("apps/v1", "statefulsets"),
  rollouts: path("argoproj.io/v1alpha1", "rollouts"),
  jobs: path("batch/v1", "jobs"),
  nodes: (name: string) => `/api/v1/nodes/${name}`,
  accessReviews: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
} as const;
