/** Who may talk to the API server: each part of the cluster gets a certificate and a kubeconfig of its own. */
import { CertificateAuthority, generateTokenKeys, type KeyPair, type Subject } from "./certificates.ts";
import { apiServerUrl, apiServiceAddress, kubeconfigPath, nodeAddress, nodeName, stateFolder } from "./settings.ts";

const folder = `${stateFolder}/pki`;

/** Users by the name of their files; those that have a kubeconfig have `kubeconfig: true`. */
const identities: Record<string, Subject & { kubeconfig?: boolean }> = {
  "apiserver": {
    name: "kube-apiserver",
    hosts: {
      addresses: [nodeAddress, apiServiceAddress, "127.0.0.1"],
      names: ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"],
    },
  },
  "admin": { name: "admin", organization: "system:masters" },
  "kubelet": {
    name: `system:node:${nodeName}`,
    organization: "system:nodes",
    hosts: { addresses: [nodeAddress], names: [nodeName] },
    kubeconfig: true,
  },
  /** Vouches for users towards API servers of extensions. */
  "front-proxy": { name: "front-proxy" },
  "controller-manager": { name: "system:kube-controller-manager", kubeconfig: true },
  "scheduler": { name: "system:kube-scheduler", kubeconfig: true },
  "proxy": { name: "system:kube-proxy", kubeconfig: true },
};

/** The file with a part's certificate (`crt`), key (`key`) or `kubeconfig`. */
export function accessPath(name: string, kind: "crt" | "key" | "kubeconfig"): string {
  return `${folder}/${name}.${kind}`;
}

/** Writes every certificate, key and kubeconfig. */
export async function writeAccess(): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await CertificateAuthority.create("mirrord-test-cluster");
  await writePrivate(accessPath("ca", "crt"), authority.certificate);
  await Promise.all(
    Object.entries(identities).map(async ([name, subject]) => {
      const pair = await authority.sign(subject);
      await writePrivate(accessPath(name, "crt"), pair.certificate);
      await writePrivate(accessPath(name, "key"), pair.key);
      if (subject.kubeconfig) {
        await writePrivate(accessPath(name, "kubeconfig"), kubeconfig(authority.certificate, pair, name));
      }
      if (name === "admin") await writePrivate(kubeconfigPath, kubeconfig(authority.certificate, pair, name));
    }),
  );
  const tokenKeys = await generateTokenKeys();
  await writePrivate(accessPath("service-account", "key"), tokenKeys.privateKey);
  await writePrivate(accessPath("service-account", "crt"), tokenKeys.publicKey);
}

/** JSON, which is YAML as well. */
function kubeconfig(authority: string, pair: KeyPair, user: string): string {
  const cluster = { server: apiServerUrl, "certificate-authority-data": btoa(authority) };
  const credentials = { "client-certificate-data": btoa(pair.certificate), "client-key-data": btoa(pair.key) };
  const content = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: "test", context: { cluster: "test", user } }],
  };
  return JSON.stringify(content, null, 2) + "\n";
}

async function writePrivate(path: string, content: string): Promise<void> {
  await Deno.writeTextFile(path, content, { mode: 0o600 });
}
