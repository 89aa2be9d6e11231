/**
 * Exports that nobody imports. A type that stands in an exported signature may be exported for its own sake; anything else
 * that no other file takes needs no `export`, or is dead.
 */
import { sources } from "./sources.ts";

/** What is there for others than our own files. */
const entryPoints = [
  // The whole of a protocol stands in one place, whether or not each message is taken by its name.
  /^protocol\/(agent|layer)\/messages\.ts: /,
  // What the link offers to whoever uses it.
  /^protocol\/link\/mod\.ts: /,
  // Error numbers, each known by its name also where only the table of names is looked at.
  /^agent\/system\/errno\.ts: E[A-Z]+$/,
];

interface Export {
  name: string;
  isType: boolean;
}

/** `names`: what is taken by name; null when the whole module is, and names are used behind a dot or in a pattern. */
interface Import {
  from: string;
  names: string[] | null;
}

interface Source {
  path: string;
  text: string;
  exported: Export[];
  imports: Import[];
}

/** Returns a line for each export without an import. */
export async function exportProblems(root: string): Promise<string[]> {
  const files = new Map<string, Source>();
  for await (const path of sources(root, /\.ts$/)) {
    files.set(path, parse(path, await Deno.readTextFile(`${root}/${path}`)));
  }
  const used = new Set<string>();
  for (const { imports, text } of files.values()) {
    for (const { from, names } of imports) {
      const taken = names ??
        files.get(from)?.exported.map(({ name }) => name).filter((name) => occursIn(text, name) > 0);
      for (const name of taken ?? []) used.add(`${from}: ${name}`);
    }
  }
  return [...files.values()].flatMap((file) => unneeded(file, used)).sort();
}

function unneeded({ path, text, exported }: Source, used: ReadonlySet<string>): string[] {
  return exported
    .filter(({ name, isType }) => !used.has(`${path}: ${name}`) && !(isType && occursIn(text, name) > 1))
    .map(({ name }) => `${path}: ${name}`)
    .filter((each) => !entryPoints.some((entry) => entry.test(each)))
    .map((each) => `${each} is exported, and nobody imports it`);
}

function occursIn(text: string, name: string): number {
  return [...text.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length;
}

const declaration = /^export (?:abstract )?(?:async )?(function\*?|const|let|class|interface|type|enum) (\w+)/gm;
const list = /^(import|export)(?: type)?\s+\{([^}]*)\}(?:\s*from\s*"([^"]+)")?/gm;
const whole = /(?:\bimport\s*\(\s*|^(?:import|export)(?: type)? \*(?: as \w+)? from )"(\.[^"]+)"/gm;

function parse(path: string, text: string): Source {
  const resolve = (link: string) => new URL(link, `file:///${path}`).pathname.slice(1);
  const exported: Export[] = [...text.matchAll(declaration)]
    .map(([, kind, name]) => ({ name: name!, isType: kind === "interface" || kind === "type" }));
  const imports: Import[] = [];
  for (const [, word, names, from] of text.matchAll(list)) {
    const pairs = names!.split(",").map((name) => name.trim().replace(/^type /, "").split(" as ")).filter(([name]) =>
      name
    );
    if (from?.startsWith(".")) imports.push({ from: resolve(from), names: pairs.map(([name]) => name!) });
    if (word === "export") exported.push(...pairs.map((pair) => ({ name: pair.at(-1)!, isType: false })));
  }
  for (const match of text.matchAll(whole)) imports.push({ from: resolve(match[1]!), names: null });
  return { path, text, exported, imports };
}
