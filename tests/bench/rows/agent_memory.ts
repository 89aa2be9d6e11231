/** The agent's memory under load, all that its cgroup accounts for. */
import type { Measurement } from "../measurement.ts";
import { median } from "../rounds.ts";
import { nodeNamespace } from "../../cluster/settings.ts";
import { AgentCgroup, agentsEnded } from "../stage/agent_cgroup.ts";
import { type BenchCluster, type Pod, ports } from "../stage/cluster.ts";
import { load, localServer, stolenLoad } from "./steal.ts";

const rounds = 5;
const seconds = 4;
const rate = 5000;
const mebibyte = 1024 * 1024;

export const agentMemory: Measurement = {
  name: "agent-memory",
  async measure(stage) {
    const cluster = await stage.cluster();
    const pod = await cluster.pod("memory");
    const stolen: number[] = [];
    const mirrored: number[] = [];
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { peakBytes, perSecond } = await peak(cluster, pod, true);
      stolen.push(peakBytes / mebibyte);
      rates.push(perSecond);
      mirrored.push((await peak(cluster, pod, false)).peakBytes / mebibyte);
    }
    const bound = { rule: "atMost", limit: 0, allowance: 128 } as const;
    const budget = { name: "agent-memory", unit: "MiB", anchor: "–", ...bound };
    const note = `stealing ${median(stolen).toFixed(0)} MiB at ${median(rates).toFixed(0)} requests/s, ` +
      `mirroring ${median(mirrored).toFixed(0)} MiB at ${rate}`;
    return [{ budget, ours: Math.max(median(stolen), median(mirrored)), anchor: 0, note }];
  },
};

/** Each round has a new agent, whose peak is its own. */
async function peak(cluster: BenchCluster, pod: Pod, isStolen: boolean) {
  const options = { place: { network: nodeNamespace }, host: pod.address, port: ports.http, seconds, rate };
  const result = await (async () => {
    await using server = await localServer(cluster, pod, isStolen ? ["--steal"] : []);
    const { perSecond } = isStolen ? await stolenLoad(server, options) : await load(options);
    return { peakBytes: await (await AgentCgroup.of(pod)).peakMemoryBytes(), perSecond };
  })();
  await agentsEnded(pod);
  return result;
}
