/** One connection as fast as it goes, and the processor time it costs. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { sessionOf } from "../../e2e/running_session.ts";
import { AgentCgroup } from "../stage/agent_cgroup.ts";
import { type Pod, ports } from "../stage/cluster.ts";
import { Forward } from "../stage/forward.ts";
import { processCpuSeconds } from "../stage/process_cpu.ts";
import type { Program } from "../stage/program.ts";

/** So that each takes about a second. */
const ourBytes = 250e6;
const anchorBytes = 100e6;

export const bulk: Measurement = {
  name: "bulk",
  async measure(stage) {
    const { pod, client } = await stage.session();
    const cpu = await cpuMeter(pod, client);
    await using native = await (await stage.cluster()).native();
    await using source = await Forward.start(pod, ports.source);
    await using sink = await Forward.start(pod, ports.sink);
    const { ours, anchor } = await interleave({
      ours: async () => {
        const [before, down, between] = [
          await cpu(),
          await transfer(client, "download", pod.address, ports.source, ourBytes),
          await cpu(),
        ];
        const up = await transfer(client, "upload", pod.address, ports.sink, ourBytes);
        const after = await cpu();
        const perGigabyte = (from: number, to: number) => (to - from) / (ourBytes / 1e9);
        return { down, up, cpuDown: perGigabyte(before, between), cpuUp: perGigabyte(between, after) };
      },
      anchor: async () => ({
        down: await transfer(native, "download", "127.0.0.1", source.port, anchorBytes),
        up: await transfer(native, "upload", "127.0.0.1", sink.port, anchorBytes),
      }),
    });
    const budget = { name: "bulk", unit: "MB/s", anchor: "kubectl port-forward", rule: "atLeast", limit: 1.5 } as const;
    const upload = `upload ${ours.up.toFixed(0)} MB/s, kubectl port-forward ${anchor.up.toFixed(0)} MB/s`;
    const note = `proxy and agent use ${ours.cpuDown.toFixed(1)} CPU s/GB; ${upload}, ${
      ours.cpuUp.toFixed(1)
    } CPU s/GB`;
    return [{ budget, ours: ours.down, anchor: anchor.down, note }];
  },
};

/** MB/s. */
export async function transfer(
  client: Program,
  direction: "download" | "upload",
  host: string,
  port: number,
  bytes: number,
): Promise<number> {
  const { seconds } = await client.ask<{ seconds: number }>(`${direction} ${host} ${port} ${bytes}`);
  return bytes / 1e6 / seconds;
}

/** Seconds of CPU so far of the internal proxy and the agent. */
async function cpuMeter(pod: Pod, client: Program): Promise<() => Promise<number>> {
  const { proxyPid } = await sessionOf(client.pid);
  const agent = await AgentCgroup.of(pod);
  return async () => await processCpuSeconds(proxyPid) + await agent.cpuSeconds();
}
