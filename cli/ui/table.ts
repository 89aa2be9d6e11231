/** Columns for the terminal. */

/** Rows below a heading, each column as wide as its widest cell; the last one is not padded. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => [...row[column] ?? ""].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => column === row.length - 1 ? cell : cell.padEnd(widths[column]!)).join("  ");
  return all.map((row) => line(row) + "\n").join("");
}
