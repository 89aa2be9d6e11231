/** What an agent in the cluster costs, by the books of its container's cgroup: all of its processes. */
import { waitUntil } from "../../cluster/command.ts";
import { agentsOf } from "../../e2e/running_session.ts";
import { kubectl, type Pod } from "./cluster.ts";

const mountPoint = "/sys/fs/cgroup";

export class AgentCgroup {
  /** @param folders by controller of cgroup v1, or by "" for the one of v2 */
  private constructor(readonly folders: ReadonlyMap<string, string>) {}

  /** The cgroup of the agent that serves the pod. */
  static async of(pod: Pod): Promise<AgentCgroup> {
    const agent = agentsOf(await processOf(pod))[0];
    if (agent === undefined) throw new Error(`pod ${pod.name} has no agent`);
    const lines = (await Deno.readTextFile(`/proc/${agent}/cgroup`)).trim().split("\n");
    return new AgentCgroup(
      new Map(lines.flatMap((line) => {
        const [, controllers, path] = line.split(":") as [string, string, string];
        return controllers.split(",").map((name) => [name, `${mountPoint}${name && `/${name}`}${path}`] as const);
      })),
    );
  }

  async cpuSeconds(): Promise<number> {
    const v1 = this.folders.get("cpuacct");
    if (v1 !== undefined) return Number(await Deno.readTextFile(`${v1}/cpuacct.usage`)) / 1e9;
    const statistics = await Deno.readTextFile(`${this.folders.get("")}/cpu.stat`);
    return Number(/^usage_usec (\d+)$/m.exec(statistics)![1]) / 1e6;
  }

  /** The highest since the agent was started, page cache included. */
  async peakMemoryBytes(): Promise<number> {
    const v1 = this.folders.get("memory");
    const file = v1 === undefined ? `${this.folders.get("")}/memory.peak` : `${v1}/memory.max_usage_in_bytes`;
    return Number(await Deno.readTextFile(file));
  }
}

/** Waits until the pod's last agent has ended, so that the next one has the target for itself. */
export async function agentsEnded(pod: Pod): Promise<void> {
  const target = await processOf(pod);
  await waitUntil(`the end of the agent of pod ${pod.name}`, 20_000, () => {
    return Promise.resolve(agentsOf(target).length === 0);
  });
}

/** The pid, as the node counts, of the first process of the pod's container. */
async function processOf(pod: Pod): Promise<number> {
  const id = await kubectl(["get", "pod", pod.name, "-o", "jsonpath={.status.containerStatuses[0].containerID}"]);
  const name = id.slice(id.indexOf("://") + 3);
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const groups = await Deno.readTextFile(`/proc/${entry.name}/cgroup`).catch(() => "");
    if (groups.includes(name)) return await nodePid(entry.name);
  }
  throw new Error(`container ${id} has no process`);
}

/** The node has process ids of its own, and the container within them: the last of the list. */
async function nodePid(pid: string): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^NSpid:\s+(.*)$/m.exec(status)![1]!.split(/\s+/).at(-2));
}
