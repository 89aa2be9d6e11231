/** Starting and removing the cluster. */
import { writeAccess } from "./access.ts";
import { cgroupFolders, removeCgroup } from "./cgroup.ts";
import { capture, run, waitUntil } from "./command.ts";
import { components, writeConfiguration } from "./components.ts";
import { shopNamespace } from "./fixtures.ts";
import { importTestImages } from "./images.ts";
import { createNetwork, inNamespace, namespaceExists, removeNetwork } from "./network.ts";
import { nodeRuns, removeHostFolders, startNode } from "./node.ts";
import { preparePrograms } from "./programs.ts";
import {
  clusterDomain,
  containerdSocket,
  dnsServiceAddress,
  laptopNamespace,
  nodeNamespace,
  stateFolder,
} from "./settings.ts";

type Report = (message: string) => void;

/** Starts the cluster, or finds it running. A half-started one is removed first. */
export async function up(report: Report): Promise<void> {
  const programs = await preparePrograms(report);
  if (await answers()) return report("already running");
  if (await somethingIsLeft()) {
    report("removing what is left of an earlier one");
    await down();
  }
  try {
    report("starting the node");
    await Deno.mkdir(stateFolder, { recursive: true });
    await createNetwork();
    await writeAccess();
    await writeConfiguration();
    await startNode(components(programs.kubenode));
    await waitUntil("containerd", 20_000, () => exists(containerdSocket));
    report("importing images and waiting for the pods");
    await Promise.all([importTestImages(programs), inLaptop("provision", 180_000)]);
    await waitUntil("services by name", 30_000, servicesAnswer);
  } catch (error) {
    const logs = await lastLogLines();
    await down();
    throw new Error(`the cluster did not start: ${error instanceof Error ? error.message : error}\n${logs}`);
  }
}

/** Removes the cluster, whatever state it is in: processes, mounts, namespaces, cgroups, files. */
export async function down(): Promise<void> {
  await removeCgroup();
  await removeNetwork();
  await removeHostFolders();
  await Deno.remove(stateFolder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** `running`; `broken` when there is something that doesn't answer; `down`. */
export async function status(): Promise<"running" | "broken" | "down"> {
  if (await answers()) return "running";
  return await somethingIsLeft() ? "broken" : "down";
}

async function answers(): Promise<boolean> {
  if (!await nodeRuns() || !await namespaceExists(laptopNamespace)) return false;
  return await inLaptop("check", 10_000).then(() => true, () => false);
}

/** Ready pods alone don't tell that names resolve and that addresses of services lead to them. */
async function servicesAnswer(): Promise<boolean> {
  const inNode = (...command: string[]) =>
    run([...inNamespace(nodeNamespace), "busybox", ...command], { timeoutMs: 5_000 });
  const answer = await inNode("nslookup", `db.${shopNamespace}.svc.${clusterDomain}`, dnsServiceAddress);
  const address = answer.match(/^Name:.*\nAddress: (\S+)$/m)?.[1];
  return address !== undefined && await inNode("nc", "-w", "1", address, "5432") === "db says hello\n";
}

async function somethingIsLeft(): Promise<boolean> {
  const paths = [stateFolder, ...await cgroupFolders()];
  const found = await Promise.all(paths.map(exists));
  return found.includes(true) || await namespaceExists(nodeNamespace) || await namespaceExists(laptopNamespace);
}

/** Calls `main.ts` again where the API server can be reached. */
async function inLaptop(hiddenCommand: string, timeoutMs: number): Promise<void> {
  const main = new URL("main.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const self = [Deno.execPath(), "run", "-A", "--config", config, main, hiddenCommand];
  await run([...inNamespace(laptopNamespace), ...self], { timeoutMs });
}

async function lastLogLines(): Promise<string> {
  const { stdout } = await capture(["sh", "-c", `tail -n 5 '${stateFolder}'/log/*.log`]);
  return stdout;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
