/** The results as a page of Markdown. */
import { limitOf } from "./limits.ts";
import type { Result } from "./outcome.ts";
import { type Cell, serveCells, viewCells } from "./program.ts";

export const allCells: readonly Cell[] = [...viewCells, ...serveCells];

const head = `# Compatibility

Real programs under \`mirrord exec\`, each compared with what the same program sees inside the target. Made by
\`./dev test matrix\` (\`tests/matrix\`), which says how; not written by hand.

- _door_: how the layer comes into the program, chosen by mirrord from the executed file.
- _env_, _read_, _list_, _resolve_, _connect_: a variable, a file, a directory, a name and a TCP service of the target.
  _write_: a new file in the target, with \`--fs-mode write\`.
- _mirror_: a copy of the target's traffic arrives, and the target answers. _steal_: the program answers, and the target
  does again when it has ended. _restart_: the program is started again in its session, or reloads its source, and answers.
- Not in it: Rust for musl, whose standard library no package registry has.
- ✓ passed; – the program has no such thing; a number: see the notes.
`;

export function page(results: readonly Result[]): string {
  const notes: string[] = [];
  const rows = results.map((result) => {
    const cells = allCells.map((cell) => markOf(result, cell, notes));
    return `| ${[result.name, result.version, result.door, ...cells].join(" | ")} |`;
  });
  const titles = ["program", "version", "door", ...allCells];
  const table = [`| ${titles.join(" | ")} |`, `| ${titles.map(() => "---").join(" | ")} |`, ...rows].join("\n");
  const list = notes.map((note, index) => `${index + 1}. ${note}`).join("\n");
  return `${head}\n${table}\n${list === "" ? "" : `\n## Notes\n\n${list}\n`}`;
}

function markOf(result: Result, cell: Cell, notes: string[]): string {
  const outcome = result.cells[cell];
  if (outcome === undefined) return "–";
  if (outcome.why === null) return "✓";
  const note = limitOf(result.name, cell)?.reason ?? `Does not pass: ${outcome.why}`;
  if (!notes.includes(note)) notes.push(note);
  return `[${notes.indexOf(note) + 1}]`;
}
