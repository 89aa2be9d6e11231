/** The command lines and configuration files of the node's programs. */
import { accessPath } from "./access.ts";
import {
  clusterDomain,
  clusterName,
  containerdSocket,
  dnsServiceAddress,
  nodeAddress,
  nodeName,
  podSubnet,
  serviceSubnet,
  stateFolder,
} from "./settings.ts";

/** A program of the node: its name, which is also its log's, and its command line. */
export interface Component {
  name: string;
  command: string[];
}

const etcdUrl = "http://127.0.0.1:2379";
const cniFolder = `${stateFolder}/cni`;
const containerdConfig = `${stateFolder}/containerd.toml`;
const kubeletConfig = `${stateFolder}/kubelet.json`;
export const pauseImage = "docker.io/mirrord-test/pause:1";

/** In the order of their start; each waits for those it needs. */
export function components(kubenode: string): Component[] {
  return [
    etcd(kubenode),
    apiServer(kubenode),
    { name: "containerd", command: ["containerd", "--config", containerdConfig] },
    controllerManager(kubenode),
    scheduler(kubenode),
    kubelet(kubenode),
    proxy(kubenode),
  ];
}

/** Writes the files named in the command lines. */
export async function writeConfiguration(): Promise<void> {
  await Deno.mkdir(cniFolder, { recursive: true });
  const write = (path: string, content: unknown) => Deno.writeTextFile(path, JSON.stringify(content, null, 2));
  await write(`${cniFolder}/10-bridge.conflist`, podNetwork());
  await write(kubeletConfig, kubeletSettings());
  await Deno.writeTextFile(containerdConfig, containerdSettings());
  // What CoreDNS and pods on the host's network would ask; there is nobody beyond the node.
  await Deno.writeTextFile(`${stateFolder}/resolv.conf`, "nameserver 127.0.0.1\n");
}

function etcd(kubenode: string): Component {
  return {
    name: "etcd",
    command: flags([kubenode, "etcd"], {
      "data-dir": `${stateFolder}/etcd`,
      "listen-client-urls": etcdUrl,
      "advertise-client-urls": etcdUrl,
      "listen-peer-urls": "http://127.0.0.1:2380",
      "unsafe-no-fsync": "true",
    }),
  };
}

function apiServer(kubenode: string): Component {
  return {
    name: "apiserver",
    command: flags([kubenode, "kube-apiserver"], {
      "etcd-servers": etcdUrl,
      "service-cluster-ip-range": serviceSubnet,
      "bind-address": nodeAddress,
      "advertise-address": nodeAddress,
      "secure-port": "6443",
      "tls-cert-file": accessPath("apiserver", "crt"),
      "tls-private-key-file": accessPath("apiserver", "key"),
      "client-ca-file": accessPath("ca", "crt"),
      "kubelet-client-certificate": accessPath("admin", "crt"),
      "kubelet-client-key": accessPath("admin", "key"),
      // Otherwise logs, exec and port-forward look the node's name up.
      "kubelet-preferred-address-types": "InternalIP",
      "service-account-issuer": "https://kubernetes.default.svc",
      "service-account-key-file": accessPath("service-account", "crt"),
      "service-account-signing-key-file": accessPath("service-account", "key"),
      "authorization-mode": "Node,RBAC",
      "allow-privileged": "true",
      "enable-aggregator-routing": "true",
      "requestheader-client-ca-file": accessPath("ca", "crt"),
      "requestheader-allowed-names": "front-proxy",
      "requestheader-username-headers": "X-Remote-User",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "proxy-client-cert-file": accessPath("front-proxy", "crt"),
      "proxy-client-key-file": accessPath("front-proxy", "key"),
    }),
  };
}

function controllerManager(kubenode: string): Component {
  return {
    name: "controller-manager",
    command: flags([kubenode, "kube-controller-manager"], {
      "kubeconfig": accessPath("controller-manager", "kubeconfig"),
      "service-account-private-key-file": accessPath("service-account", "key"),
      "root-ca-file": accessPath("ca", "crt"),
      "use-service-account-credentials": "true",
      "leader-elect": "false",
    }),
  };
}

function scheduler(kubenode: string): Component {
  return {
    name: "scheduler",
    command: flags([kubenode, "kube-scheduler"], {
      "kubeconfig": accessPath("scheduler", "kubeconfig"),
      "leader-elect": "false",
    }),
  };
}

function kubelet(kubenode: string): Component {
  return {
    name: "kubelet",
    command: flags([kubenode, "kubelet"], {
      "config": kubeletConfig,
      "kubeconfig": accessPath("kubelet", "kubeconfig"),
      "hostname-override": nodeName,
      "node-ip": nodeAddress,
      "root-dir": `${stateFolder}/kubelet`,
    }),
  };
}

function proxy(kubenode: string): Component {
  return {
    name: "proxy",
    command: flags([kubenode, "kube-proxy"], {
      "kubeconfig": accessPath("proxy", "kubeconfig"),
      "proxy-mode": "iptables",
      "cluster-cidr": podSubnet,
      "hostname-override": nodeName,
      // Zero leaves the machine's connection tracking as it is.
      "conntrack-max-per-core": "0",
      "conntrack-tcp-timeout-established": "0",
      "conntrack-tcp-timeout-close-wait": "0",
    }),
  };
}

function kubeletSettings() {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: accessPath("ca", "crt") },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${clusterName}`,
    failSwapOn: false,
    failCgroupV1: false,
    clusterDNS: [dnsServiceAddress],
    clusterDomain,
    tlsCertFile: accessPath("kubelet", "crt"),
    tlsPrivateKeyFile: accessPath("kubelet", "key"),
    address: nodeAddress,
    healthzPort: 0,
    resolvConf: `${stateFolder}/resolv.conf`,
    volumePluginDir: `${stateFolder}/volume-plugins`,
    imageGCHighThresholdPercent: 100,
    evictionHard: { "nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "50Mi" },
    // Tests start many pods one after another.
    registryPullQPS: 0,
    maxPods: 200,
  };
}

function podNetwork() {
  const ipam = {
    type: "host-local",
    dataDir: `${stateFolder}/addresses`,
    ranges: [[{ subnet: podSubnet }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return {
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      { type: "bridge", bridge: "cni0", isGateway: true, ipMasq: false, hairpinMode: true, ipam },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function containerdSettings(): string {
  return `version = 2
root = "${stateFolder}/containerd/root"
state = "${stateFolder}/containerd/state"
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Lowering a process's score takes a capability that not every machine gives.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniFolder}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;
}

function flags(command: string[], values: Record<string, string>): string[] {
  return [...command, ...Object.entries(values).map(([name, value]) => `--${name}=${value}`)];
}
