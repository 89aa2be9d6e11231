/** Which shadows processes of this machine have open or stand in. */

/** The first names beneath `folder` of directories in use, as far as we may look into the processes. */
export function foldersInUse(folder: string, use: "open" | "open or entered"): Set<string> {
  const found = new Set<string>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    if (use !== "open") note(folder, `/proc/${name}/cwd`, found);
    for (const descriptor of entriesOf(`/proc/${name}/fd`)) note(folder, `/proc/${name}/fd/${descriptor}`, found);
  }
  return found;
}

function entriesOf(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function note(folder: string, link: string, found: Set<string>): void {
  try {
    const path = Deno.readLinkSync(link);
    if (path.startsWith(`${folder}/`)) found.add(path.slice(folder.length + 1).split("/", 1)[0]!);
  } catch {
    // It has ended, or is another user's.
  }
}
