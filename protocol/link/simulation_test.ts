import assert from "node:assert/strict";
import { simulate } from "./simulation/simulation.ts";

/** Seeds to run; a run by hand: `deno run -A protocol/link/simulation/main.ts SEED`. */
const count = Number(Deno.env.get("MIRRORD_SIMULATION_SEEDS") ?? 1000);
const first = Number(Deno.env.get("MIRRORD_SIMULATION_FIRST_SEED") ?? 1);

Deno.test(`${count} simulated sessions lose, double and change no byte and leave nothing behind`, async () => {
  const failed: string[] = [];
  const total = { streams: 0, bytes: 0, resumes: 0, messages: 0 };
  for (let seed = first; seed < first + count && failed.length < 5; seed++) {
    try {
      const summary = await simulate(seed);
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += summary[key];
    } catch (error) {
      failed.push(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
    }
  }
  assert.deepEqual(failed, []);
  assert.ok(total.streams > count && total.bytes > count && total.messages > 0, "the simulation carried something");
  if (count >= 100) assert.ok(total.resumes > count / 10, "the simulated tunnels were cut");
});

Deno.test("a simulation follows from its seed alone", async () => {
  for (const seed of [3, 14, 159]) assert.deepEqual(await simulate(seed), await simulate(seed));
});
