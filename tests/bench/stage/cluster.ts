/** What the measurements need of the test cluster: a namespace of their own, with pods, `kubectl` and `mirrord` beside it. */
import { buildImage } from "../../../cli/image/archive.ts";
import { capture, run } from "../../cluster/command.ts";
import { importImageFile } from "../../cluster/images.ts";
import { up } from "../../cluster/lifecycle.ts";
import { withLock } from "../../cluster/lock.ts";
import { inNamespace } from "../../cluster/network.ts";
import { containerdSocket, kubeconfigPath, laptopNamespace } from "../../cluster/settings.ts";
import { mirrordFile } from "../../e2e/mirrord.ts";
import { compile } from "./apps.ts";
import { moduleFiles } from "./modules.ts";
import { Program } from "./program.ts";

export const namespace = "mirrord-bench";
const serverImage = "docker.io/mirrord-bench/server:1";
const agentRepository = "docker.io/mirrord-bench/agent";
const agentTar = new URL("../../../dist/agent-image.tar", import.meta.url).pathname;

/** The ports of every pod's `server`. Nobody steals `plainHttp`. */
export const ports = { echo: 7, http: 80, plainHttp: 81, source: 9001, sink: 9002 };
export const largeFile = { path: "/data/large", bytes: 100e6 };
export const smallFile = { path: "/data/small", bytes: 7000 };
/** Written by those who write. */
export const writtenFile = { path: "/data/written", bytes: 8e6 };
/** Modules of Python, and scripts that import them. */
export const modulesFolder = "/data/modules";

export interface Pod {
  name: string;
  address: string;
}

/** Where a command of the user runs: a network namespace from which the API server can be reached. */
export interface Place {
  network: string;
}

export const laptop: Place = { network: laptopNamespace };

export class BenchCluster implements AsyncDisposable {
  readonly #pods = new Map<string, Promise<Pod>>();

  private constructor(
    /** The agent's image under a name of its own, so that nobody else's import replaces it under way. */
    readonly agentImage: string,
    /** Makes `mirrord` use that image. */
    readonly configFile: string,
    readonly client: string,
  ) {}

  /** Starts the test cluster if it doesn't run, and makes the namespace. */
  static async open(): Promise<BenchCluster> {
    await withLock(() => up(() => {}));
    await removeNamespace();
    const agentImage = await importAgentImage();
    await importServerImage();
    await kubectl(["create", "namespace", namespace]);
    const configFile = await Deno.makeTempFile({ prefix: "mirrord-bench-", suffix: ".json" });
    // Python's modules are local unless it is said otherwise.
    const feature = { fs: { mode: "read", read_only: ["^/data/"], read_write: [`^${writtenFile.path}$`] } };
    await Deno.writeTextFile(configFile, JSON.stringify({ agent: { image: agentImage }, feature }));
    return new BenchCluster(agentImage, configFile, await compile("client"));
  }

  /** A pod that runs `server`; made when it is first asked for. Measurements that run side by side have one each. */
  pod(name: string): Promise<Pod> {
    const known = this.#pods.get(name) ?? startPod(name);
    this.#pods.set(name, known);
    return known;
  }

  /** The command line of `mirrord exec` with a pod as its target. */
  exec(pod: Pod, command: readonly string[], flags: readonly string[] = []): string[] {
    const target = ["-t", `pod/${pod.name}`, "-n", namespace, "-f", this.configFile];
    return [mirrordFile, "exec", ...target, ...flags, "--", ...command];
  }

  /** A `client` that sees what the pod sees. */
  session(pod: Pod, place = laptop): Promise<Program> {
    return Program.start(at(place, this.exec(pod, [this.client])), { env: userEnvironment });
  }

  /** A `client` without mirrord, for what `kubectl port-forward` reaches. */
  native(place = laptop): Promise<Program> {
    return Program.start(at(place, [this.client]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeNamespace();
    await Deno.remove(this.configFile);
  }
}

/** What the user's commands are started with. */
export const userEnvironment = { KUBECONFIG: kubeconfigPath, MIRRORD_PROGRESS_MODE: "off" };

export function at(place: Place, command: readonly string[]): string[] {
  return [...inNamespace(place.network), ...command];
}

/** Runs `kubectl` on the laptop, in the namespace of the measurements. */
export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const command = at(laptop, ["kubectl", "-n", namespace, ...args]);
  return await run(command, { env: userEnvironment, timeoutMs: 60_000, input });
}

async function removeNamespace(): Promise<void> {
  const deletion = ["delete", "namespace", namespace, "--ignore-not-found", "--timeout=30s"];
  await capture(at(laptop, ["kubectl", ...deletion]), { env: userEnvironment, timeoutMs: 40_000 });
}

/** Returns the image's name: by its content, and in a repository of our own. */
async function importAgentImage(): Promise<string> {
  const ctr = ["ctr", "--address", containerdSocket, "--namespace", "k8s.io", "images"];
  const before = await names(ctr);
  for (const name of before) await run([...ctr, "remove", name], { timeoutMs: 20_000 });
  await run([...ctr, "import", "--base-name", agentRepository, "--digests", agentTar], { timeoutMs: 120_000 });
  const [name] = await names(ctr);
  if (name === undefined) throw new Error("the agent's image was not imported");
  return name;
}

async function names(ctr: readonly string[]): Promise<string[]> {
  return (await run([...ctr, "list", "-q"])).split("\n").filter((name) => name.startsWith(`${agentRepository}@`));
}

async function importServerImage(): Promise<void> {
  const program = async (name: string, path: string) => ({ name, mode: 0o755, content: await Deno.readFile(path) });
  const image = await buildImage({
    reference: serverImage,
    entrypoint: ["/bin/server"],
    entries: [
      await program("bin/server", await compile("server", { static: true })),
      await program("bin/busybox", "/bin/busybox"),
      { name: "bin/cat", mode: 0o777, link: "busybox" },
      { name: "data", mode: 0o755 },
      { name: modulesFolder.slice(1), mode: 0o755 },
      ...moduleFiles().map(({ name, text }) => ({
        ...{ name: `${modulesFolder.slice(1)}/${name}`, mode: 0o644 },
        content: new TextEncoder().encode(text),
      })),
    ],
  });
  const path = await Deno.makeTempFile({ prefix: "mirrord-bench-", suffix: ".tar" });
  await Deno.writeFile(path, image);
  await importImageFile(path);
  await Deno.remove(path);
}

async function startPod(name: string): Promise<Pod> {
  const services = Object.entries(ports).flatMap(([service, port]) => [
    service === "plainHttp" ? "http" : service,
    String(port),
  ]);
  const files = [largeFile, smallFile].flatMap(({ path, bytes }) => ["file", path, String(bytes)]);
  const container = { name, image: serverImage, imagePullPolicy: "Never", args: [...files, ...services] };
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  };
  await kubectl(["apply", "-f", "-"], JSON.stringify(manifest));
  await kubectl(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=30s"]);
  return { name, address: await kubectl(["get", "pod", name, "-o", "jsonpath={.status.podIP}"]) };
}
