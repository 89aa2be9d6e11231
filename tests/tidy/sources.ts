/** The files of the tree that the checks read. */

const skipped = ["dist", ".git", "node_modules", "zig-out", ".zig-cache"];

/** Paths below `root`, relative to it, of all files whose names match; in order. */
export async function* sources(root: string, names: RegExp, folder = ""): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(`${root}/${folder}`));
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !skipped.includes(entry.name)) yield* sources(root, names, path);
    else if (entry.isFile && names.test(entry.name)) yield path;
  }
}

/** Whether there is a file or folder. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
