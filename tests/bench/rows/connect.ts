/** A new connection each: connect, a request, an answer. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { ports } from "../stage/cluster.ts";
import { startPinger } from "../stage/pinger.ts";
import type { Latency } from "./latency.ts";

const count = 1000;

export const connect: Measurement = {
  name: "connect",
  async measure(stage) {
    const { pod, client } = await stage.session();
    await using pinger = await startPinger(await stage.cluster());
    const { ours, ping } = await interleave({
      ours: () => client.ask<Latency>(`connect ${pod.address} ${ports.echo} ${count}`),
      ping: () => pinger.ask<Latency>(String(count)),
    });
    const budget = { unit: "ms", rule: "atMost" } as const;
    const p50 = ours.p50Us / 1000;
    return [
      {
        budget: { ...budget, name: "connect", anchor: "our own tunnel's ping", limit: 1, allowance: 1 },
        ours: p50,
        anchor: ping.p50Us / 1000,
      },
      {
        budget: { ...budget, name: "connect (p99)", anchor: "our own p50", limit: 5 },
        ours: ours.p99Us / 1000,
        anchor: p50,
      },
    ];
  },
};
