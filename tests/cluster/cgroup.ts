/**
 * The cgroup that every process of the cluster is in, pods included. It is the one reliable record of them: the kernel keeps
 * it, whatever happened to us.
 */
import { killPid, waitUntil } from "./command.ts";
import { clusterName } from "./settings.ts";

const mountPoint = "/sys/fs/cgroup";

/** The cluster's folder in each hierarchy: one per controller with cgroup v1, a single one with v2. */
export async function cgroupFolders(): Promise<string[]> {
  return (await hierarchies()).map((hierarchy) => `${hierarchy}/${clusterName}`);
}

/** Makes the cgroup. Returns, for each hierarchy, the file to which a process writes 0 to join. */
export async function createCgroup(): Promise<string[]> {
  const folders = await cgroupFolders();
  if (await isUnified()) await delegate(mountPoint);
  const joins: string[] = [];
  for (const folder of folders) {
    await Deno.mkdir(folder, { recursive: true });
    // With v2 only leaves may hold processes.
    if (await isUnified()) await Deno.mkdir(`${folder}/node`, { recursive: true });
    if (folder.startsWith(`${mountPoint}/cpuset`)) await copyCpuset(folder);
    joins.push(await isUnified() ? `${folder}/node/cgroup.procs` : `${folder}/cgroup.procs`);
  }
  if (await isUnified()) await delegate(folders[0]!);
  return joins;
}

/** Kills every process of the cluster and removes the cgroup. */
export async function removeCgroup(): Promise<void> {
  await waitUntil("ending the cluster's processes", 20_000, async () => {
    const pids = await memberPids();
    for (const pid of pids) killPid(pid);
    return pids.length === 0;
  }, 50);
  for (const folder of await cgroupFolders()) {
    // A killed process stays a member until its parent has waited for it.
    await waitUntil(`removing ${folder}`, 10_000, () => removeTree(folder).then(() => true), 50);
  }
}

/** Pids of all processes of the cluster. */
export async function memberPids(): Promise<number[]> {
  const pids = new Set<number>();
  for (const folder of await cgroupFolders()) await collectPids(folder, pids);
  return [...pids];
}

async function collectPids(folder: string, pids: Set<number>): Promise<void> {
  const members = await Deno.readTextFile(`${folder}/cgroup.procs`).catch(() => "");
  for (const pid of members.split("\n")) if (pid !== "" && pid !== "0") pids.add(Number(pid));
  for (const child of await subfolders(folder)) await collectPids(child, pids);
}

async function removeTree(folder: string): Promise<void> {
  for (const child of await subfolders(folder)) await removeTree(child);
  await Deno.remove(folder).catch(ignoreNotFound);
}

async function subfolders(folder: string): Promise<string[]> {
  const children: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (entry.isDirectory) children.push(`${folder}/${entry.name}`);
  } catch (error) {
    ignoreNotFound(error);
  }
  return children;
}

async function hierarchies(): Promise<string[]> {
  if (await isUnified()) return [mountPoint];
  const mounts = await Deno.readTextFile("/proc/self/mounts");
  return mounts.split("\n").map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2").map(([, path]) => path!);
}

async function isUnified(): Promise<boolean> {
  return await Deno.stat(`${mountPoint}/cgroup.controllers`).then(() => true, () => false);
}

/** Lets the children of a v2 cgroup have every controller. */
async function delegate(folder: string): Promise<void> {
  const controllers = (await Deno.readTextFile(`${folder}/cgroup.controllers`)).trim().split(" ");
  await Deno.writeTextFile(`${folder}/cgroup.subtree_control`, controllers.map((name) => `+${name}`).join(" "));
}

/** A v1 cpuset takes no process before it has processors and memory nodes. */
async function copyCpuset(folder: string): Promise<void> {
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    await Deno.writeTextFile(`${folder}/${name}`, await Deno.readTextFile(`${folder}/../${name}`));
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
