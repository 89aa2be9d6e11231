/**
 * A pod of the test cluster. What a program would see in it is shown by the same program in the pod's network and host name, with
 * the pod's variables and a copy of its files; the pod itself has no interpreter to run it.
 */
import { podProcess } from "../cluster/pod_process.ts";
import { targetFiles } from "../cluster/images.ts";
import { apiVariables, shopNamespace } from "../cluster/fixtures.ts";
import { laptopCommand } from "../cluster/laptop.ts";
import { addressOfService, kubectl, podOf, request, shop } from "../e2e/cluster/shop.ts";
import { mirrordFile, quietEnv } from "../e2e/mirrord.ts";
import type { OutsideOptions, Place, Scene } from "./place.ts";
import { run, type Running, start } from "./process.ts";

const { greeting, link } = targetFiles;
const folder = "/srv/data";
/** Of the pod's files, what its image or Kubernetes has put there. */
const shown = ["srv", "etc/hosts", "etc/resolv.conf"];

export class PodPlace implements Place {
  readonly publicPort = 80;
  readonly ownAnswer = `"name":"api"`;

  private constructor(
    readonly scene: Scene,
    private readonly pod: { name: string; pid: number; address: string },
    private readonly variables: Record<string, string>,
    private readonly copy: string,
  ) {}

  static async start(): Promise<PodPlace> {
    await shop();
    const name = await podOf("api");
    const pid = await podProcess(shopNamespace, name);
    const address = (await kubectl("get", "pod", name, "-o", "jsonpath={.status.podIP}")).trim();
    const copy = await Deno.makeTempDir({ prefix: "mirrord-matrix-pod-" });
    await run(["tar", "-cf", `${copy}/files.tar`, "-C", `/proc/${pid}/root`, ...shown]);
    await run(["tar", "-xf", `${copy}/files.tar`, "-C", copy]);
    return new PodPlace(await sceneOf(), { name, pid, address }, await variablesOf(pid), copy);
  }

  inside(command: string[], options: { cwd?: string } = {}): Running {
    const binds = shown.map((path) => `mount --bind ${this.copy}/${path} /${path}`).join(" && ");
    const script = `${binds} && cd ${options.cwd ?? "/"} && exec "$@"`;
    const enter = ["nsenter", "--target", String(this.pod.pid), "--net", "--uts", "unshare", "--mount"];
    return start([...enter, "sh", "-c", script, "sh", ...command], { env: this.variables });
  }

  beside(): Running {
    throw new Error("nothing is started beside a pod: its services are those of the cluster");
  }

  outside(words: string[], options: OutsideOptions = {}): Running {
    const flags = ["-t", `pod/${this.pod.name}`, "-n", shopNamespace, ...options.flags ?? []];
    const { command, env } = laptopCommand([mirrordFile, "exec", ...flags, "--", ...words]);
    return start(command, { env: { ...quietEnv, ...env, ...options.env }, cwd: options.cwd ?? "/" });
  }

  get(port: number): Promise<string> {
    return request(`${this.pod.address}:${port}`);
  }

  async content(path: string): Promise<string | null> {
    for (const root of [`/proc/${this.pod.pid}/root`, this.copy]) {
      const text = await Deno.readTextFile(`${root}${path}`).catch(() => null);
      if (text !== null) return text;
    }
    return null;
  }

  stable(text: string): string {
    return text.replaceAll(/(\d+\.\d+\.\d+\.\d+):\d+/g, "$1:PORT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.copy, { recursive: true });
  }
}

async function sceneOf(): Promise<Scene> {
  return {
    variable: "SHOP_SECRET",
    value: apiVariables.SHOP_SECRET,
    file: greeting.path,
    content: greeting.content,
    folder,
    entries: [greeting.path, link.path].map((path) => path.slice(folder.length + 1)).sort(),
    name: "db",
    nameInDns: "db",
    address: await addressOfService("db"),
    port: 80,
    answer: `"name":"db"`,
    newFolder: "/srv",
  };
}

/** Those of the pod's process, less what programs of this machine are found by. */
async function variablesOf(pid: number): Promise<Record<string, string>> {
  const entries = (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0").filter((entry) => entry.includes("="));
  const pairs = entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]);
  return Object.fromEntries(pairs.filter(([name]) => !["PATH", "HOME"].includes(name!)));
}
