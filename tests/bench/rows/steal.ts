/** Requests to the pod, answered by a local program; beside the same program in the pod, asked through a forwarded port. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { run } from "../../cluster/command.ts";
import { nodeNamespace } from "../../cluster/settings.ts";
import { compile } from "../stage/apps.ts";
import { at, type BenchCluster, laptop, type Place, type Pod, ports, userEnvironment } from "../stage/cluster.ts";
import { Forward } from "../stage/forward.ts";
import { Program } from "../stage/program.ts";
import type { LoadResult } from "./latency.ts";

const connections = 32;
const seconds = 3;
/** Where clients of the cluster are: the node has routes to its pods. */
const node: Place = { network: nodeNamespace };

export const steal: Measurement = {
  name: "steal",
  async measure(stage) {
    const cluster = await stage.cluster();
    const pod = await cluster.pod("steal");
    const anchorLoad = { place: laptop, host: "127.0.0.1", seconds, rate: 0 };
    await using forward = await Forward.start(pod, ports.plainHttp);
    await using server = await localServer(cluster, pod, ["--steal"]);
    const { ours, anchor } = await interleave({
      ours: () => stolenLoad(server, { place: node, host: pod.address, port: ports.http, seconds, rate: 0 }),
      anchor: () => load({ ...anchorLoad, port: forward.port }),
    });
    const against = "the same app through kubectl port-forward";
    return [
      {
        budget: { name: "steal", unit: "/s", anchor: against, rule: "atLeast", limit: 0.9 },
        ours: ours.perSecond,
        anchor: anchor.perSecond,
      },
      {
        budget: { name: "steal (p99)", unit: "ms", anchor: against, rule: "atMost", limit: 1.1 },
        ours: ours.p99Us / 1000,
        anchor: anchor.p99Us / 1000,
        note: `p50 ${(ours.p50Us / 1000).toFixed(1)} ms, kubectl port-forward ${(anchor.p50Us / 1000).toFixed(1)} ms`,
      },
    ];
  },
};

/** A `server` under mirrord, with the pod's port. */
export function localServer(cluster: BenchCluster, pod: Pod, flags: readonly string[]): Promise<Program> {
  const server = `${cluster.client.slice(0, cluster.client.lastIndexOf("/"))}/server`;
  const command = cluster.exec(pod, [server, "http", String(ports.http)], flags);
  return Program.start(at(laptop, command), { env: userEnvironment });
}

export interface Load {
  place: Place;
  host: string;
  port: number;
  seconds: number;
  /** Requests a second; 0 for as many as are answered. */
  rate: number;
}

/** @throws when a connection failed */
export async function load({ place, host, port, seconds, rate }: Load): Promise<LoadResult> {
  const command = [await compile("load"), host, port, connections, seconds, rate].map(String);
  const result: LoadResult = JSON.parse(await run(at(place, command), { timeoutMs: (seconds + 15) * 1000 }));
  if (result.failed > 0) throw new Error(`${result.failed} connections to ${host}:${port} failed`);
  return result;
}

/** As `load`; makes sure that it was the local program that answered. */
export async function stolenLoad(server: Program, options: Load): Promise<LoadResult> {
  const before = await server.ask<number>("count");
  const result = await load(options);
  const answered = await server.ask<number>("count") - before;
  if (answered < result.requests) throw new Error(`the local program answered ${answered} of ${result.requests}`);
  return result;
}
