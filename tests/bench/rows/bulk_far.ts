/** One connection over a line of 20 ms there and back: the distance must not keep it from the line's rate. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { type BenchCluster, ports } from "../stage/cluster.ts";
import { FarLink } from "../stage/far_link.ts";
import { Forward } from "../stage/forward.ts";
import { transfer } from "./bulk.ts";

const megabitsPerSecond = 200;
const bytes = 40e6;

export const bulkFar: Measurement = {
  name: "bulk-20ms",
  async measure(stage) {
    const cluster = await stage.cluster();
    await using near = await FarLink.open({ name: "near", number: 1, delayMs: 0, megabitsPerSecond });
    await using far = await FarLink.open({ name: "far", number: 2, delayMs: 10, megabitsPerSecond });
    const figures = await compare(cluster, near, far);
    const shared = { unit: "MB/s", rule: "atLeast" } as const;
    const ours = figures.far.rate;
    return [
      {
        budget: { ...shared, name: "bulk-20ms", anchor: "kubectl port-forward at 20 ms", limit: 1 },
        ours,
        anchor: figures.kubectl.rate,
        note: `the line carries ${megabitsPerSecond / 8} MB/s with all headers`,
      },
      {
        budget: { ...shared, name: "bulk-20ms (near)", anchor: "our own at 0 ms", limit: 0.8 },
        ours,
        anchor: figures.near.rate,
      },
    ];
  },
};

async function compare(cluster: BenchCluster, near: FarLink, far: FarLink) {
  const [nearPod, farPod] = await Promise.all([cluster.pod("near"), cluster.pod("far")]);
  await using nearClient = await cluster.session(nearPod, near);
  await using farClient = await cluster.session(farPod, far);
  await using native = await cluster.native(far);
  await using forward = await Forward.start(farPod, ports.source, far);
  const download = (client: typeof native, host: string, port: number) => async () => ({
    rate: await transfer(client, "download", host, port, bytes),
  });
  return await interleave({
    near: download(nearClient, nearPod.address, ports.source),
    far: download(farClient, farPod.address, ports.source),
    kubectl: download(native, "127.0.0.1", forward.port),
  });
}
