/**
 * `./dev bench [--json] [name …]`: measures the budgets of docs/SPECIFICATION.md against their anchors, both in one run, and
 * prints a line for each. Ends with 1 when a budget is missed, with 2 when one could not be measured. Wants root, for the test cluster.
 */
import { build } from "../../build.ts";
import { isMet, type Result } from "./budget.ts";
import { type Measurement, Stage } from "./measurement.ts";
import { agentMemory } from "./rows/agent_memory.ts";
import { bulk } from "./rows/bulk.ts";
import { bulkFar } from "./rows/bulk_far.ts";
import { childStart, localCall, supervisedCall } from "./rows/calls.ts";
import { connect } from "./rows/connect.ts";
import { fileBulk } from "./rows/file_bulk.ts";
import { filesFar } from "./rows/files_far.ts";
import { fileSmall } from "./rows/file_small.ts";
import { goHttp, programs } from "./rows/programs.ts";
import { mirrorLoss } from "./rows/mirror_loss.ts";
import { roundTrip } from "./rows/round_trip.ts";
import { start } from "./rows/start.ts";
import { steal } from "./rows/steal.ts";
import { version } from "./rows/version.ts";
import { headLine, renderJson, resultLines } from "./table.ts";

const measurements: Measurement[] = [
  version,
  start,
  bulk,
  bulkFar,
  roundTrip,
  connect,
  steal,
  fileBulk,
  fileSmall,
  filesFar,
  localCall,
  childStart,
  supervisedCall,
  programs,
  goHttp,
  mirrorLoss,
  agentMemory,
];

async function main(args: readonly string[]): Promise<number> {
  const isJson = args.includes("--json");
  const names = args.filter((arg) => arg !== "--json");
  const known = measurements.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`bench: no budget is called ${unknown.join(", ")}; there are ${known.join(", ")}`);
    return 2;
  }
  console.error("bench: building");
  await build();
  const chosen = measurements.filter(({ name }) => names.length === 0 || names.includes(name));
  const { results, failures } = await measureAll(chosen, isJson ? () => {} : console.log);
  if (isJson) console.log(renderJson(results));
  if (failures > 0) return 2;
  return results.every(isMet) ? 0 : 1;
}

/** One that cannot be measured doesn't keep the others from it. */
async function measureAll(chosen: readonly Measurement[], print: (line: string) => void) {
  const results: Result[] = [];
  let failures = 0;
  await using stage = new Stage();
  print(headLine());
  for (const measurement of chosen) {
    try {
      const found = await measurement.measure(stage);
      results.push(...found);
      for (const result of found) print(resultLines(result));
    } catch (error) {
      failures++;
      console.error(`bench: ${measurement.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { results, failures };
}

Deno.exit(await main(Deno.args));
