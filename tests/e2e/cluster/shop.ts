/** The test cluster as the end-to-end tests use it: up, with the agent's image on its node. */
import { capture, run } from "../../cluster/command.ts";
import { importImageFile } from "../../cluster/images.ts";
import { laptopCommand } from "../../cluster/laptop.ts";
import { up } from "../../cluster/lifecycle.ts";
import { withLock } from "../../cluster/lock.ts";
import { inNamespace } from "../../cluster/network.ts";
import { nodeNamespace } from "../../cluster/settings.ts";
import { shopNamespace } from "../../cluster/fixtures.ts";
import { mirrordFile, type Outcome, quietEnv, type RunOptions } from "../mirrord.ts";

const agentImage = new URL("../../../dist/agent-image.tar", import.meta.url).pathname;
let ready: Promise<void> | null = null;

/** Starts the cluster if it doesn't run, and puts the built agent on its node; once a test process. */
export function shop(): Promise<void> {
  ready ??= withLock(() => up(() => {})).then(() => importImageFile(agentImage));
  return ready;
}

/** `mirrord exec -t TARGET -n shop …` on the laptop, which has no route to pods and services. */
export function spawn(target: string | null, command: string[], options: RunOptions = {}): Deno.ChildProcess {
  const to = target === null ? [] : ["-t", target];
  const words = [mirrordFile, "exec", ...to, "-n", shopNamespace, ...options.flags ?? [], "--", ...command];
  const { command: [program, ...args], env } = laptopCommand(words);
  return new Deno.Command(program!, {
    args,
    cwd: options.cwd,
    env: { ...quietEnv, ...env, ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** As `spawn`, to its end. */
export async function exec(target: string | null, command: string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(target, command, options);
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 90_000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder();
  return { code, signal, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

export function kubectl(...words: string[]): Promise<string> {
  const { command, env } = laptopCommand(["kubectl", "-n", shopNamespace, ...words]);
  return run(command, { env, timeoutMs: 60_000 });
}

/** Creates an object, or makes it like this. */
export async function kubectlApply(object: unknown): Promise<void> {
  const { command, env } = laptopCommand(["kubectl", "-n", shopNamespace, "apply", "-f", "-"]);
  await run(command, { env, input: JSON.stringify(object), timeoutMs: 60_000 });
}

/** A deployment of one pod, with a service, that a test may treat as it likes. */
export async function ownDeployment(name: string): Promise<{ address: string; pod: string } & AsyncDisposable> {
  await shop();
  await kubectl("create", "deployment", name, "--image=docker.io/mirrord-test/target:1");
  await kubectl("expose", "deployment", name, "--port=80");
  await kubectl("rollout", "status", `deployment/${name}`, "--timeout=60s");
  return {
    address: await addressOfService(name),
    pod: await podOf(name),
    async [Symbol.asyncDispose]() {
      await kubectl("delete", "deployment,service", name, "--wait=true");
    },
  };
}

/** The name of the running pod of a deployment. */
export async function podOf(deployment: string): Promise<string> {
  const path = `{.items[?(@.status.phase=="Running")].metadata.name}`;
  return (await kubectl("get", "pods", "-l", `app=${deployment}`, "-o", `jsonpath=${path}`)).split(" ")[0]!;
}

/** One HTTP request from the node, as a client of the cluster would make it; the address of a service or pod. */
export async function request(address: string, path = "/"): Promise<string> {
  const url = `http://${address}${path}`;
  const command = [...inNamespace(nodeNamespace), "curl", "-sS", "--max-time", "3", url];
  const { code, stdout, stderr } = await capture(command, { timeoutMs: 10_000 });
  if (code !== 0) throw new Error(stderr.trim());
  return stdout;
}

export async function addressOfService(name: string): Promise<string> {
  return (await kubectl("get", "service", name, "-o", "jsonpath={.spec.clusterIP}")).trim();
}

/** Jobs and pods of ours in the cluster; waits until there are none, or the time is over. */
export async function leftInCluster(timeoutMs = 20_000): Promise<string> {
  const end = performance.now() + timeoutMs;
  while (true) {
    const found = await kubectl("get", "jobs,pods", "--all-namespaces", "-l", "app=mirrord", "-o", "name");
    if (found.trim() === "" || performance.now() > end) return found.trim();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
