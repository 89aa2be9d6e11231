/**
 * `./dev test matrix`: every program in every cell. Writes docs/compatibility.md. With arguments only the programs whose
 * names contain one of them, and nothing is written.
 */
import type { Result } from "./outcome.ts";
import { ProcessPlace } from "./place.ts";
import { inPool } from "./pool.ts";
import { run } from "./process.ts";
import type { Program } from "./program.ts";
import { programs } from "./programs/all.ts";
import { installFor } from "./provision/debian.ts";
import { runProgram } from "./run_program.ts";
import { allCells, page } from "./table.ts";
import { verdictOf } from "./verdict.ts";

const atOnce = 2;
const pageFile = new URL("../../docs/compatibility.md", import.meta.url).pathname;

async function main(words: string[]): Promise<number> {
  const isWanted = ({ name }: Program) =>
    words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()));
  const chosen = programs.filter(isWanted);
  await installFor(chosen);
  const results: Result[] = [];
  let [passed, failed] = [0, 0];
  for (const job of inPool(chosen, atOnce, runOrExplain)) {
    const { result, problem } = await job;
    if (result === undefined) {
      failed++;
      console.log(`FAILED  ${problem}`);
      continue;
    }
    results.push(result);
    const verdict = verdictOf(result);
    passed += verdict.passed.length + verdict.known.length;
    failed += verdict.problems.length + unexplained(result).length;
    report(result, verdict.passed.length, [...verdict.problems, ...unexplained(result)]);
  }
  if (words.length === 0) await writePage(results);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function writePage(results: Result[]): Promise<void> {
  await Deno.writeTextFile(pageFile, page(results));
  await run([Deno.execPath(), "fmt", "--quiet", pageFile]);
}

async function runOrExplain(program: Program): Promise<{ result?: Result; problem?: string }> {
  try {
    return { result: await runProgram(program, () => ProcessPlace.start()) };
  } catch (error) {
    return { problem: `${program.name}: ${error instanceof Error ? error.message : error}` };
  }
}

/** A row says why it has empty cells. */
function unexplained({ name, cells, lacks }: Result): string[] {
  const isFull = allCells.every((cell) => cells[cell] !== undefined);
  if (isFull === (lacks === undefined)) return [];
  return [isFull ? `${name} has all cells, but says what it lacks` : `${name} does not say why it has empty cells`];
}

function report(result: Result, passed: number, problems: string[]): void {
  const seconds = (result.durationMs / 1000).toFixed(1);
  const verdict = problems.length === 0 ? "ok     " : "FAILED ";
  console.log(`${verdict} ${result.name} ${result.version} (${result.door}): ${passed} cells in ${seconds} s`);
  for (const problem of problems) console.log(`        ${problem}`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
