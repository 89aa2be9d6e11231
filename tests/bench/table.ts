/** How results are shown: a table for people, one JSON object for programs. */
import { boundText, isMet, ratio, type Result } from "./budget.ts";

const columns = ["budget", "ours", "anchor", "ratio", "bound", "", "against"];

/** One aligned line a budget, notes beneath. */
export function renderTable(results: Result[]): string {
  const rows = [columns, ...results.map(row)];
  const widths = columns.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
  const notes = results.filter((result) => result.note).map((result) => `${result.budget.name}: ${result.note}`);
  return [...lines, ...notes].join("\n");
}

function row(result: Result): string[] {
  const { budget, ours, anchor } = result;
  const figure = (value: number) => `${format(value)} ${budget.unit}`;
  const verdict = isMet(result) ? "ok" : "missed";
  return [
    budget.name,
    figure(ours),
    figure(anchor),
    `${format(ratio(result))}×`,
    boundText(budget),
    verdict,
    budget.anchor,
  ];
}

function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

export function renderJson(results: Result[]): string {
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
