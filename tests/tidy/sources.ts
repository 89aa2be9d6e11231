/** The files of the tree that the checks read. */

const skipped = ["dist", ".git", "node_modules", "zig-out", ".zig-cache"];

/** Paths below `root`, relative to it, of all files whose names match. */
export async function* sources(root: string, names: RegExp, folder = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !skipped.includes(entry.name)) yield* sources(root, names, path);
    else if (entry.isFile && names.test(entry.name)) yield path;
  }
}
