/** Files that comments name are there: beside the file, one folder above it, or from the root. */
import { exists, sources } from "./sources.ts";

const comment = /^\s*(?:\/\/|\/\*\*|\*).*|\s\/\/.*/;
const file = /(?:[\w.-]+\/)*[\w-]+\.(?:ts|zig|md)\b/g;
/** Stands for any name. */
const patterns = ["x_test.ts"];

/** Returns a line for each file that is named and not there. */
export async function commentProblems(root: string): Promise<string[]> {
  const problems: string[] = [];
  for await (const path of sources(root, /\.(ts|zig)$/)) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const above = folder.replace(/[^/]+\/$/, "");
    const lines = (await Deno.readTextFile(`${root}/${path}`)).split("\n");
    lines.forEach((line, index) => {
      for (const [name] of line.match(comment)?.[0].matchAll(file) ?? []) {
        const places = [`${folder}${name}`, `${above}${name}`, name];
        if (patterns.includes(name) || places.some((place) => exists(`${root}/${place}`))) continue;
        problems.push(`${path}:${index + 1}: there is no ${name}`);
      }
    });
  }
  return problems;
}
