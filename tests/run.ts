/**
 * The one test command: `./dev test [part …]`. Runs the parts one after another, fast ones first, prints each as it runs,
 * and ends with `N passed, N failed`. Exit code 1 when a test failed or a part ran fewer tests than it must have.
 */
import { installPackages } from "./runner/packages.ts";
import { type Part, parts } from "./runner/parts.ts";
import { type PartResult, runPart } from "./runner/run_part.ts";

async function main(names: string[]): Promise<number> {
  const chosen = chooseParts(names);
  await installPackages();
  const results: PartResult[] = [];
  for (const part of chosen) results.push(await runAnnounced(part));
  return report(results);
}

function chooseParts(names: string[]): Part[] {
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`No test part ${unknown.join(", ")}; there are: ${parts.map((part) => part.name).join(", ")}`);
    Deno.exit(2);
  }
  return names.length === 0
    ? parts.filter((part) => !part.onRequest)
    : parts.filter(({ name }) => names.includes(name));
}

async function runAnnounced(part: Part): Promise<PartResult> {
  console.log(`\n=== ${part.name}: ${part.what}`);
  const result = await runPart(part);
  const seconds = (result.durationMs / 1000).toFixed(1);
  console.log(`=== ${part.name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
  for (const problem of result.problems) console.log(`=== ${part.name}: ${problem}`);
  return result;
}

function report(results: PartResult[]): number {
  const sum = (count: (result: PartResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const passed = sum((result) => result.passed);
  const failed = sum((result) => result.failed + result.problems.length);
  console.log("");
  for (const result of results) {
    console.log(
      `${result.name.padEnd(12)} ${result.passed} passed, ${result.failed} failed, ${result.durationMs / 1000 | 0} s`,
    );
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

Deno.exit(await main(Deno.args));
