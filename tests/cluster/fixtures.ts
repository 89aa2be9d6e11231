/**
 * What tests find in the cluster, in the namespace `shop`:
 * - deployment `api`: an HTTP server with variables and files of its own;
 * - deployment and service `db`: reachable by name from pods only; port 5432 greets, port 7 echoes, port 80 speaks HTTP;
 * - pod `crowd`: a mesh's sidecar first, then two containers that could be meant.
 */
import type { Resource } from "./api.ts";
import { targetImage } from "./images.ts";

export const shopNamespace = "shop";

/** The variables of `api` that tests look for. */
export const apiVariables = { SHOP_COLOR: "green", SHOP_TEXT: "two\nlines", SHOP_SECRET: "s3cret" };

export const fixtureResources: Resource[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: shopNamespace } },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "api", namespace: shopNamespace },
    stringData: { SHOP_SECRET: apiVariables.SHOP_SECRET },
  },
  deployment("api", {
    containers: [{
      ...container("api", ["-name", "api", "-http", ":80", "-echo", ":7"]),
      env: [
        { name: "SHOP_COLOR", value: apiVariables.SHOP_COLOR },
        { name: "SHOP_TEXT", value: apiVariables.SHOP_TEXT },
      ],
      envFrom: [{ secretRef: { name: "api" } }],
      ports: [{ containerPort: 80 }, { containerPort: 7 }],
      readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 1 },
    }],
  }),
  service("api", [{ name: "http", port: 80 }, { name: "echo", port: 7 }]),
  deployment("db", { containers: [container("db", ["-name", "db", "-greet", ":5432", "-echo", ":7"])] }),
  service("db", [
    { name: "greet", port: 5432 },
    { name: "echo", port: 7 },
    { name: "echo-datagrams", port: 7, protocol: "UDP" },
    { name: "http", port: 80 },
  ]),
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "crowd", namespace: shopNamespace, labels: { app: "crowd" } },
    spec: podSpec({
      containers: [
        container("istio-proxy", ["-name", "sidecar", "-http", ":15001"]),
        container("web", ["-name", "web", "-http", ":80"]),
        // Kubernetes sorts statuses by name: this one comes first there, but not in the specification.
        container("admin", ["-name", "admin", "-http", ":8080"]),
      ],
    }),
  },
];

function container(name: string, args: string[]) {
  return { name, image: targetImage, imagePullPolicy: "Never", args };
}

function podSpec(spec: { containers: object[] }) {
  return { terminationGracePeriodSeconds: 1, ...spec };
}

function deployment(name: string, spec: { containers: object[] }): Resource {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: shopNamespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec(spec) },
    },
  };
}

function service(name: string, ports: { name: string; port: number; protocol?: string }[]): Resource {
  const metadata = { name, namespace: shopNamespace };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: name }, ports } };
}
