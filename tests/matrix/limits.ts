/**
 * Cells that are known not to pass, each with the true reason. A cell that passes in spite of its entry fails the run: the
 * entry is out of date.
 */
import type { Cell } from "./program.ts";

export interface Limit {
  program: string;
  cells: Cell[];
  reason: string;
}

const limits: Limit[] = [
  {
    program: "rsync",
    cells: ["read"],
    reason: "rsync changes into the directories of its files; one that is on both sides is entered here.",
  },
  {
    program: "rsync",
    cells: ["write"],
    reason: "rsync's receiver does not find the directory of the target that it changes into.",
  },
];

export function limitOf(program: string, cell: Cell): Limit | undefined {
  return limits.find((limit) => limit.program === program && limit.cells.includes(cell));
}
