/**
 * The programs the cluster is made of: Kubernetes and CoreDNS built from their Go modules into the cache, the container
 * runtime from the distribution's packages.
 */
import { capture, run } from "./command.ts";
import { cacheFolder } from "./settings.ts";

const sources = new URL(".", import.meta.url).pathname;
const apps = new URL("../apps/go/", import.meta.url).pathname;

/** A command that must be on the machine, with the Debian package that has it. */
const packages: Record<string, string> = {
  "/usr/bin/containerd": "containerd",
  "/usr/sbin/runc": "runc",
  "/usr/lib/cni/bridge": "containernetworking-plugins",
  "/usr/sbin/iptables": "iptables",
  "/usr/sbin/nft": "nftables",
  "/usr/sbin/conntrack": "conntrack",
  "/usr/bin/socat": "socat",
  "/bin/busybox": "busybox-static",
  "/usr/bin/nsenter": "util-linux",
  "/usr/sbin/ip": "iproute2",
};

/** These run in images that hold no shared library. */
const staticPrograms = ["coredns", "context_server"];

export interface Programs {
  kubenode: string;
  coredns: string;
  contextServer: string;
  kubectl: string;
}

/** Installs and builds whatever is missing. With everything there it takes the time of reading the sources. */
export async function preparePrograms(report: (message: string) => void): Promise<Programs> {
  await installPackages(report);
  const kubectl = await findOnPath("kubectl");
  return {
    kubenode: await buildGo("kubenode", `${sources}kubenode`, ".", report),
    coredns: await buildGo("coredns", `${sources}coredns`, ".", report),
    contextServer: await buildGo("context_server", `${apps}context_server`, ".", report),
    kubectl: kubectl ??
      await buildGo("kubectl", `${sources}kubenode`, "k8s.io/kubernetes/cmd/kubectl", report),
  };
}

async function installPackages(report: (message: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [path, name] of Object.entries(packages)) if (!await exists(path)) missing.push(name);
  if (missing.length === 0) return;
  report(`installing ${missing.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run(["apt-get", "update", "-qq"], { env, timeoutMs: 300_000 });
  await run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...missing], { env, timeoutMs: 600_000 });
}

/** The path of the built program; built again when a source or a pinned version has changed. */
async function buildGo(
  name: string,
  folder: string,
  target: string,
  report: (message: string) => void,
): Promise<string> {
  const output = `${cacheFolder}/${name}`;
  const stamp = await sourceHash(folder, target);
  if (await exists(output) && await readText(`${output}.stamp`) === stamp) return output;
  report(`building ${name} (once; minutes on an empty cache)`);
  await Deno.mkdir(cacheFolder, { recursive: true });
  // Beside the final name, so that an interrupted build leaves nothing that looks finished.
  const partial = `${output}.partial`;
  await run(["go", "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", partial, target], {
    cwd: folder,
    env: staticPrograms.includes(name) ? { CGO_ENABLED: "0" } : {},
    timeoutMs: 1_800_000,
  });
  await Deno.rename(partial, output);
  await Deno.writeTextFile(`${output}.stamp`, stamp);
  return output;
}

async function sourceHash(folder: string, target: string): Promise<string> {
  const texts = await Promise.all(["main.go", "go.mod", "go.sum"].map((name) => readText(`${folder}/${name}`)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode([target, ...texts].join("\0")));
  return new Uint8Array(digest).toHex();
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function findOnPath(name: string): Promise<string | null> {
  const { code, stdout } = await capture(["sh", "-c", `command -v ${name}`]);
  return code === 0 ? stdout.trim() : null;
}
