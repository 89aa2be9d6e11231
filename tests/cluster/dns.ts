/** The cluster's name server: CoreDNS behind the service that every pod's resolv.conf names. */
import type { Resource } from "./api.ts";
import { dnsImage } from "./images.ts";
import { clusterDomain, dnsServiceAddress } from "./settings.ts";

const namespace = "kube-system";
const labels = { "k8s-app": "kube-dns" };

const corefile = `.:53 {
  errors
  health :8080
  ready :8181
  kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
    pods insecure
    ttl 5
  }
}
`;

export const dnsResources: Resource[] = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "coredns" },
    rules: [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "coredns" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "coredns" },
    subjects: [{ kind: "ServiceAccount", name: "coredns", namespace }],
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "coredns", namespace }, data: { Corefile: corefile } },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec() },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace },
    spec: {
      clusterIP: dnsServiceAddress,
      selector: labels,
      ports: [{ name: "dns", port: 53, protocol: "UDP" }, { name: "dns-tcp", port: 53, protocol: "TCP" }],
    },
  },
];

function podSpec() {
  return {
    serviceAccountName: "coredns",
    dnsPolicy: "Default",
    containers: [{
      name: "coredns",
      image: dnsImage,
      imagePullPolicy: "Never",
      args: ["-conf", "/etc/coredns/Corefile"],
      volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
      readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
    }],
    volumes: [{ name: "config", configMap: { name: "coredns" } }],
  };
}
