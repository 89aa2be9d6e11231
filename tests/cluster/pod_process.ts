/** A pod's process, as this machine sees it: the node's containers run on this kernel. */
import { capture } from "./command.ts";
import { laptopCommand } from "./laptop.ts";

/** The pid here of the first process of a pod's first container. */
export async function podProcess(namespace: string, pod: string): Promise<number> {
  const path = "jsonpath={.status.containerStatuses[0].containerID}";
  const { command, env } = laptopCommand(["kubectl", "-n", namespace, "get", "pod", pod, "-o", path]);
  const id = (await capture(command, { env, timeoutMs: 30_000 })).stdout.trim().split("//").at(-1)!;
  const pids: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const groups = await Deno.readTextFile(`/proc/${name}/cgroup`).catch(() => "");
    if (id !== "" && groups.includes(id)) pids.push(Number(name));
  }
  if (pids.length === 0) throw new Error(`no process of pod ${pod} is here`);
  return Math.min(...pids);
}
