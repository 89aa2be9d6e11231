/**
 * The names and addresses of the test cluster. One node and a laptop, each in a network namespace of its own, joined by one
 * link; nothing else is connected to either, so the addresses collide with nobody's.
 */

/** Everything that exists outside the state folder is called by it: namespaces, the cgroup. */
export const clusterName = Deno.env.get("MIRRORD_CLUSTER_NAME") ?? "mirrord-cluster";

/** All of the cluster's files; removed by `down`. On the disk, since overlayfs can't have every filesystem beneath it. */
export const stateFolder = Deno.env.get("MIRRORD_CLUSTER_DIR") ?? `/run/${clusterName}`;

/** What survives `down`: the Go programs, which take minutes to build. */
export const cacheFolder = Deno.env.get("MIRRORD_DEV_CACHE") ??
  `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/mirrord-dev`;

export const nodeNamespace = `${clusterName}-node`;
/** Here the tests run the product: it reaches the API server, but has no route to pods and services. */
export const laptopNamespace = `${clusterName}-laptop`;

export const nodeName = "node1";
export const nodeAddress = "172.30.0.1";
export const laptopAddress = "172.30.0.2";
export const linkPrefixLength = 24;
export const podSubnet = "10.244.0.0/24";
export const serviceSubnet = "10.96.0.0/16";
/** The service `kubernetes`: always the subnet's first address. */
export const apiServiceAddress = "10.96.0.1";
export const dnsServiceAddress = "10.96.0.10";
export const clusterDomain = "cluster.local";
export const apiServerUrl = `https://${nodeAddress}:6443`;

/** The administrator's access, for the tests and for work by hand. */
export const kubeconfigPath = `${stateFolder}/kubeconfig`;
export const containerdSocket = `${stateFolder}/containerd/containerd.sock`;
