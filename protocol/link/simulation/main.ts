/** Runs simulations by hand: `deno run -A main.ts FIRST [COUNT]`. */
import { simulate } from "./simulation.ts";

const first = Number(Deno.args[0] ?? 1);
const count = Number(Deno.args[1] ?? 1);
let failed = 0;
const startMs = performance.now();
for (let seed = first; seed < first + count; seed++) {
  try {
    const summary = await simulate(seed);
    if (count === 1) console.log(summary);
  } catch (error) {
    failed++;
    console.log(`seed ${seed}:`, error instanceof Error ? (count === 1 ? error.stack : error.message) : error);
    if (failed >= 20) break;
  }
}
console.log(`${count} seeds, ${failed} failed, ${Math.round(performance.now() - startMs)} ms`);
