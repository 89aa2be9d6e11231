/** How results are shown: a table for people, a line as soon as it is known; one JSON object for programs. */
import { boundText, isMet, ratio, type Result } from "./budget.ts";

const columns = ["budget", "ours", "anchor", "ratio", "bound", "", "against"];
/** Wide enough for every figure, so that a line need not wait for the others. */
const widths = [18, 11, 11, 7, 14, 6, 0];

export function headLine(): string {
  return line(columns);
}

/** The result's line; its note stands beneath. */
export function resultLines(result: Result): string {
  const { budget, ours, anchor, note } = result;
  const figure = (value: number) => `${format(value)} ${budget.unit}`;
  const verdict = isMet(result) ? "ok" : "missed";
  const times = budget.limit === 0 ? "" : `${format(ratio(result))}×`;
  const cells = [budget.name, figure(ours), budget.anchor === "" ? "" : figure(anchor), times, boundText(budget)];
  const first = line([...cells, verdict, budget.anchor]);
  return note === undefined ? first : `${first}\n${" ".repeat(4)}${note}`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd();
}

function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

export function renderJson(results: readonly Result[]): string {
  const entries = results.map((result) => ({
    name: result.budget.name,
    unit: result.budget.unit,
    ours: result.ours,
    anchor: result.anchor,
    against: result.budget.anchor,
    ratio: ratio(result),
    bound: boundText(result.budget),
    met: isMet(result),
    note: result.note ?? null,
  }));
  return JSON.stringify({ budgets: entries }, null, 2);
}
