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

const noNewNames = "Directories are not made and files not renamed at the target yet.";

const limits: Limit[] = [
  { program: "dash and coreutils", cells: ["write"], reason: noNewNames },
  { program: "tar", cells: ["write"], reason: noNewNames },
  { program: "git", cells: ["write"], reason: noNewNames },
  { program: "rsync", cells: ["write"], reason: noNewNames },
  {
    program: "Node, fs.cp",
    cells: ["write"],
    reason: "The mode of a file at the target is not changed by its path yet.",
  },
  { program: "sqlite3", cells: ["write"], reason: "A database's locks and journal do not work at the target yet." },
  { program: "Bun", cells: ["mirror", "steal", "restart"], reason: "Bun's server aborts under the supervisor." },
  {
    program: "rsync",
    cells: ["read", "list"],
    reason: "rsync changes into the directory that it copies from; a directory of the target cannot be entered yet.",
  },
];

export function limitOf(program: string, cell: Cell): Limit | undefined {
  return limits.find((limit) => limit.program === program && limit.cells.includes(cell));
}
