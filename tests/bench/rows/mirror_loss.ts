/** A busy target on this machine, whose traffic a local program gets a copy of: every request must arrive. */
import type { Measurement } from "../measurement.ts";
import { run } from "../../cluster/command.ts";
import { compile } from "../stage/apps.ts";
import { LocalTarget, targetAddress } from "../stage/local_target.ts";
import { Program } from "../stage/program.ts";
import type { LoadResult } from "./latency.ts";

const port = "8080";
const connections = 32;
const seconds = 30;
const perSecond = 5000;
/** The copy may arrive so much later than the original. */
const settleMs = 2000;

export const mirrorLoss: Measurement = {
  name: "mirror-loss",
  async measure() {
    await using target = await LocalTarget.start(["http", port]);
    const command = target.exec([await compile("server"), "http", port]);
    await using copy = await Program.start(command, { env: { MIRRORD_PROGRESS_MODE: "off" } });
    const words = [await compile("load"), targetAddress, port, connections, seconds, perSecond].map(String);
    const output = await run([...target.inside, ...words], { timeoutMs: (seconds + 15) * 1000 });
    const result: LoadResult = JSON.parse(output);
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const copied = await copy.ask<number>("count");
    const bound = { rule: "atMost", limit: 0, allowance: 0 } as const;
    const budget = { name: "mirror-loss", unit: "lost", anchor: "requests to the target", ...bound };
    const note = `${result.perSecond} requests/s; the target answered within ${result.p99Us / 1000} ms (p99)`;
    return [{ budget, ours: Math.abs(result.requests - copied), anchor: result.requests, note }];
  },
};
