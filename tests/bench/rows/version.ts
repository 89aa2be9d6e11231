/** `mirrord --version`: what every use of the command costs. */
import type { Measurement } from "../measurement.ts";
import { commandMs, interleave } from "../rounds.ts";
import { mirrordFile } from "../../e2e/mirrord.ts";

const repeats = 7;

export const version: Measurement = {
  name: "version",
  async measure() {
    // The first start of a new build unpacks it.
    await commandMs(mirrordFile, ["--version"], 1);
    const { ours, anchor } = await interleave({
      ours: async () => ({ ms: await commandMs(mirrordFile, ["--version"], repeats) }),
      anchor: async () => ({ ms: await commandMs(Deno.execPath(), ["eval", "0"], repeats) }),
    });
    const budget = { name: "version", unit: "ms", anchor: "deno eval 0", rule: "atMost", limit: 2 } as const;
    return [{ budget, ours: ours.ms, anchor: anchor.ms }];
  },
};
