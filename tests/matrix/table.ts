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
  does again when it has ended. _restart_: the program is started again in its session, and its successor answers; one that
  loads its source anew, by itself or at a signal, does so while clients go on asking, of which none is refused.
- _version_: what the package registries have. Runtimes and frameworks come from npm, PyPI, Maven, crates and Go's modules in
  their newest versions there; all else from Debian 12, which is behind for Ruby, Perl, Elixir, PHP with a libc and Mono: no
  registry has newer ones as programs.
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
  const list = notes.map((note, index) => `${index + 1}. ${note}`);
  return [head, table, ...section("Notes", list), ...section("Empty cells", emptyCells(results))].join("\n") + "\n";
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines];
}

/** A line for each program that lacks something. */
function emptyCells(results: readonly Result[]): string[] {
  return results.flatMap(({ name, lacks }) => lacks === undefined ? [] : [`- ${name}: ${lacks}.`]);
}

function markOf(result: Result, cell: Cell, notes: string[]): string {
  const outcome = result.cells[cell];
  if (outcome === undefined) return "–";
  if (outcome.why === null) return "✓";
  const note = limitOf(result.name, cell)?.reason ?? `Does not pass: ${outcome.why}`;
  if (!notes.includes(note)) notes.push(note);
  return `[${notes.indexOf(note) + 1}]`;
}
