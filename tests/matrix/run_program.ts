/** All cells of one program at one place. */
import { findProgram, inspectProgram } from "../../cli/session/program_file.ts";
import type { Outcomes, Result } from "./outcome.ts";
import type { Place } from "./place.ts";
import type { Prepared, Program, ServeOrder } from "./program.ts";
import { serveOutcomes } from "./serving.ts";
import { start } from "./process.ts";
import { viewOutcomes } from "./view.ts";

/**
 * Throws when the program cannot be had or built; a cell that fails is told in the result.
 *
 * @param options.serves whether the program's server is run, too
 */
export async function runProgram(
  program: Program,
  open: () => Promise<Place>,
  options: { serves: boolean } = { serves: true },
): Promise<Result> {
  const prepared = await program.prepare();
  const started = performance.now();
  const folder = await Deno.makeTempDir({ dir: prepared.home, prefix: "mirrord-matrix-" });
  const place = await open();
  try {
    const cells: Outcomes = {};
    const { view, serve, settings = {} } = prepared;
    if (view !== undefined) Object.assign(cells, await viewOutcomes(place, { view, serve }, folder, settings));
    if (serve !== undefined && options.serves) {
      Object.assign(cells, await serveOutcomes(place, serve, folder, settings));
    }
    const [version, door] = [await versionOf(prepared), await doorOf(prepared, folder)];
    const durationMs = performance.now() - started;
    return { name: program.name, version, door, cells, lacks: program.lacks, durationMs };
  } finally {
    await place[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
}

async function versionOf(prepared: Prepared): Promise<string> {
  const { stdout, stderr } = await start(prepared.version).end(30_000);
  const text = stdout + stderr;
  return text.match(/\d+\.\d+[\w.]*/)?.[0] ?? text.match(/\d+/)?.[0] ?? "?";
}

/** Through which door the layer comes into the program. */
async function doorOf(prepared: Prepared, folder: string): Promise<string> {
  const word = prepared.executable ?? await firstWord(prepared, folder);
  return inspectProgram(findProgram(word, Deno.env.get("PATH"))).door;
}

async function firstWord({ view, serve }: Prepared, folder: string): Promise<string> {
  if (serve !== undefined) {
    const order: ServeOrder = { port: 0, word: "", folder, seen: `${folder}/seen` };
    return (await serve.command(order)).command[0]!;
  }
  if (view !== undefined && "every" in view) return view.every[0]!;
  throw new Error("a tool names its executable");
}
