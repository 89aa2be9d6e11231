/** A small file of the pod, read byte by byte: only its open may cost round trips. */
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { smallFile } from "../stage/cluster.ts";
import { startPinger } from "../stage/pinger.ts";
import type { Latency } from "./latency.ts";

const pings = 200;

export const fileSmall: Measurement = {
  name: "file-small",
  async measure(stage) {
    const { client } = await stage.session();
    await using pinger = await startPinger(await stage.cluster());
    const { ours, ping } = await interleave({
      ours: async () => {
        const answer = await client.ask<{ seconds: number; bytes: number }>(`read ${smallFile.path} 1`);
        if (answer.bytes !== smallFile.bytes) throw new Error(`${answer.bytes} bytes were read`);
        return { ms: answer.seconds * 1000 };
      },
      ping: () => pinger.ask<Latency>(String(pings)),
    });
    const bound = { rule: "atMost", limit: 2, allowance: 5 } as const;
    const budget = { name: "file-small", unit: "ms", anchor: "our own tunnel's ping", ...bound };
    return [{ budget, ours: ours.ms, anchor: ping.p50Us / 1000 }];
  },
};
