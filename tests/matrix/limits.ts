/**
 * Cells that are known not to pass, each with the true reason. A cell that passes in spite of its entry fails the run: the
 * entry is out of date.
 */
import type { Cell } from "./program.ts";

export interface Limit {
  /** A name, or `*` for all. */
  program: string;
  cells: Cell[];
  reason: string;
}

const limits: Limit[] = [
  { program: "*", cells: ["write"], reason: "Files are not written at the target yet." },
];

export function limitOf(program: string, cell: Cell): Limit | undefined {
  return limits.find((limit) => [program, "*"].includes(limit.program) && limit.cells.includes(cell));
}
