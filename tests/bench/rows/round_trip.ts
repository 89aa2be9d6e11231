/** 64 bytes there and back on an open connection. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { ports } from "../stage/cluster.ts";
import { Forward } from "../stage/forward.ts";
import type { Latency } from "./latency.ts";

const count = 1500;

export const roundTrip: Measurement = {
  name: "round-trip",
  async measure(stage) {
    const { pod, client } = await stage.session();
    await using native = await (await stage.cluster()).native();
    await using forward = await Forward.start(pod, ports.echo);
    const { ours, anchor } = await interleave({
      ours: () => client.ask<Latency>(`echo ${pod.address} ${ports.echo} ${count}`),
      anchor: () => native.ask<Latency>(`echo 127.0.0.1 ${forward.port} ${count}`),
    });
    const budget = {
      name: "round-trip",
      unit: "µs",
      anchor: "kubectl port-forward",
      rule: "atMost",
      limit: 1.3,
    } as const;
    const note = `p99 ${ours.p99Us.toFixed(0)} µs, kubectl port-forward ${anchor.p99Us.toFixed(0)} µs`;
    return [{ budget, ours: ours.p50Us, anchor: anchor.p50Us, note }];
  },
};
