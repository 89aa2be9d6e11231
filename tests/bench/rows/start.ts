/** From Enter to the program's `main`, beside a pod of the same image from `kubectl run` to its first log line. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { run, waitUntil } from "../../cluster/command.ts";
import { agentsEnded } from "../stage/agent_cgroup.ts";
import { at, type BenchCluster, kubectl, laptop, type Pod, userEnvironment } from "../stage/cluster.ts";

export const start: Measurement = {
  name: "start",
  async measure(stage) {
    const cluster = await stage.cluster();
    const pod = await cluster.pod("start");
    await ours(cluster, pod);
    const { mirrord, kubectlRun } = await interleave({
      mirrord: () => ours(cluster, pod),
      kubectlRun: () => anchor(cluster),
    });
    const against = "kubectl run to its first log line";
    const budget = { name: "start", unit: "ms", anchor: against, rule: "atMost", limit: 1.5 } as const;
    return [{ budget, ours: mirrord.ms, anchor: kubectlRun.ms }];
  },
};

/** The program prints the time when it runs. */
async function ours(cluster: BenchCluster, pod: Pod): Promise<{ ms: number }> {
  const startedMs = Date.now();
  const command = at(laptop, cluster.exec(pod, ["date", "+%s%N"]));
  const output = await run(command, { env: userEnvironment, timeoutMs: 60_000 });
  const ms = Number(output) / 1e6 - startedMs;
  await agentsEnded(pod);
  return { ms };
}

/** The node notes the time of every log line, by the same clock as ours. */
async function anchor(cluster: BenchCluster): Promise<{ ms: number }> {
  const name = `first-line-${crypto.randomUUID().slice(0, 8)}`;
  const image = [`--image=${cluster.agentImage}`, "--image-pull-policy=Never", "--restart=Never"];
  const env = `--env=MIRRORD_AGENT_TOKEN_HASH=${"0".repeat(64)}`;
  const startedMs = Date.now();
  await kubectl(["run", name, ...image, env, "--", "--targetless", "--listen", "127.0.0.1:30000"]);
  let line = "";
  // Asking costs the processor time that the start needs.
  const intervalMs = 1000;
  await waitUntil(`the first log line of pod ${name}`, 30_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
    line = await kubectl(["logs", "--timestamps", name]);
    return line !== "";
  }, 0);
  await kubectl(["delete", "pod", name, "--grace-period=1"]);
  return { ms: Date.parse(line.slice(0, line.indexOf(" "))) - startedMs };
}
