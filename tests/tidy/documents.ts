/**
 * What the documents name is there: a reader who follows a path finds a file or a folder at its end. Decisions are short,
 * and each has a number of its own.
 */
import { exists, sources } from "./sources.ts";

const decisionLinesMax = 40;

/** Returns a line for each path that leads nowhere, and for each decision that is none. */
export async function documentProblems(root: string): Promise<string[]> {
  const folders = [...Deno.readDirSync(root)].filter((entry) => entry.isDirectory).map((entry) => entry.name);
  const problems: string[] = [];
  const numbers = new Set<string>();
  for await (const document of sources(root, /\.md$/)) {
    const text = await Deno.readTextFile(`${root}/${document}`);
    for (const path of new Set([...namedPaths(text, folders), ...linkedPaths(text, document)])) {
      if (!exists(`${root}/${path}`)) problems.push(`${document}: there is no ${path}`);
    }
    const number = document.match(/^docs\/decisions\/(\d+)-/)?.[1];
    if (number === undefined) continue;
    if (numbers.has(number)) problems.push(`${document}: another decision has the number ${number}`);
    numbers.add(number);
    const lines = text.trimEnd().split("\n").length;
    if (lines > decisionLinesMax) problems.push(`${document}: ${lines} lines, at most ${decisionLinesMax}`);
  }
  return problems.sort();
}

/** Everything that looks like a path: it begins with a folder of the tree, or is source code between back-ticks. */
function namedPaths(text: string, folders: readonly string[]): string[] {
  const inTree = folders.filter((name) => !name.startsWith(".") && name !== "dist");
  const beneath = new RegExp(`(?<![\\w./@:-])(?:${inTree.join("|")})/[\\w.*/-]*[\\w*/]`, "g");
  const source = /(?<=`)\w[\w-]*\/[\w./-]+\.(?:ts|zig|md)(?=`)/g;
  return [...text.matchAll(beneath), ...text.matchAll(source)].map(([path]) => path);
}

/** The targets of links to other files, relative to the root. */
function linkedPaths(text: string, document: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
  return links.filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => decodeURIComponent(new URL(link, `file:///${document}`).pathname.slice(1)));
}
