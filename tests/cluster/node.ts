/**
 * The node: its programs live in namespaces of their own for processes, mounts and the network, below one first process.
 * When that is killed, the kernel ends everything beneath it and frees every mount.
 */
import type { Component } from "./components.ts";
import { createCgroup, memberPids } from "./cgroup.ts";
import { run } from "./command.ts";
import { inNamespace } from "./network.ts";
import { nodeNamespace, stateFolder } from "./settings.ts";

/** Folders that containerd and kubelet write to whatever they are told; the node sees its own in their place. */
const hostFolders = ["/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods"];

const script = `${stateFolder}/node.sh`;

/** Starts the programs and returns at once. */
export async function startNode(components: Component[]): Promise<void> {
  await Deno.mkdir(`${stateFolder}/log`, { recursive: true });
  for (const folder of hostFolders) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.mkdir(`${stateFolder}/private${folder}`, { recursive: true });
  }
  await Deno.writeTextFile(script, nodeScript(components));
  const joins = await createCgroup();
  const enter = [...inNamespace(nodeNamespace), "unshare", "--pid", "--fork", "--mount", "--propagation", "private"];
  const command = ["setsid", "--fork", ...enter, "--", "sh", script].map(quote).join(" ");
  const join = joins.map((path) => `echo 0 > ${quote(path)}`).join("\n");
  await run(["sh", "-c", `set -e\n${join}\nexec ${command} </dev/null >${quote(`${stateFolder}/log/node.log`)} 2>&1`]);
}

export async function nodeRuns(): Promise<boolean> {
  return (await memberPids()).length > 0;
}

/** Removes what stands in for the node's own folders on the machine, where nobody else uses them. */
export async function removeHostFolders(): Promise<void> {
  // Not recursive: a folder with something in it is not ours.
  for (const folder of hostFolders) await Deno.remove(folder).catch(() => {});
}

/** Run as the first process: sees to the mounts, keeps the programs running, waits for orphans. */
function nodeScript(components: Component[]): string {
  const mounts = hostFolders.map((folder) =>
    `mount --bind ${quote(`${stateFolder}/private${folder}`)} ${quote(folder)}`
  );
  const starts = components.map(({ name, command }) => ["start", name, ...command].map(quote).join(" "));
  return `set -e
mount -t proc proc /proc
# Mounts made for a pod's volumes must reach the containers that run already.
mount --make-rshared /
${mounts.join("\n")}
cd ${quote(stateFolder)}
start() {
  log="log/$1.log"; shift
  while true; do
    "$@" || echo "ended with code $?; started again"
    sleep 0.3
  done >>"$log" 2>&1 &
}
${starts.join("\n")}
while true; do wait; sleep 1; done
`;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
