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

const limits: Limit[] = [];

export function limitOf(program: string, cell: Cell): Limit | undefined {
  return limits.find((limit) => limit.program === program && limit.cells.includes(cell));
}
