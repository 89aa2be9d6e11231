/** Which cells of a result are as they should be. */
import { limitOf } from "./limits.ts";
import type { Result } from "./outcome.ts";
import { type Cell } from "./program.ts";
import { allCells } from "./table.ts";

export interface Verdict {
  passed: Cell[];
  /** They do not pass, and it is known why. */
  known: Cell[];
  /** A line for each that is not as expected. */
  problems: string[];
}

export function verdictOf(result: Result): Verdict {
  const verdict: Verdict = { passed: [], known: [], problems: [] };
  for (const cell of allCells) {
    const outcome = result.cells[cell];
    if (outcome === undefined) continue;
    const limit = limitOf(result.name, cell);
    if (outcome.why === null && limit === undefined) verdict.passed.push(cell);
    else if (outcome.why !== null && limit !== undefined) verdict.known.push(cell);
    else if (outcome.why !== null) verdict.problems.push(`${result.name}, ${cell}: ${outcome.why}`);
    else verdict.problems.push(`${result.name}, ${cell}: passes, but tests/matrix/limits.ts says it cannot`);
  }
  return verdict;
}
