/**
 * The native parts that a file made by `deno compile` carries: they must lie in a folder to be executed and preloaded. The
 * packaged file with the launcher as its front does the same in `layer/launcher/payload.zig`, into the same folder.
 */
import { MirrordError } from "../error.ts";

/** Within the compiled file, beside its entry: the parts, and a file that says the name of their folder. */
const embedded = () => new URL("parts/", Deno.mainModule);
const nameFile = "name";

/** Unpacks the parts on the first start of this build; returns their folder. @throws {MirrordError} */
export function unpackParts(): string {
  const name = Deno.readTextFileSync(new URL(nameFile, embedded()));
  let cause: unknown;
  for (const parent of cacheFolders()) {
    try {
      return unpackInto(parent, name);
    } catch (error) {
      cause = error;
    }
  }
  throw new MirrordError("no folder can be written to unpack the parts of mirrord", {
    cause,
    help: "Set XDG_CACHE_HOME to a folder that can be written.",
  });
}

/** Where the parts may be unpacked, best first. The last is for users without a home that can be written. */
function cacheFolders(): string[] {
  const folder = (variable: string, below: string) => {
    const value = Deno.env.get(variable) ?? "";
    return value.startsWith("/") ? [`${value}/${below}`] : [];
  };
  return [
    ...folder("XDG_CACHE_HOME", "mirrord"),
    ...folder("HOME", ".cache/mirrord"),
    `${Deno.env.get("TMPDIR") ?? "/tmp"}/mirrord-cache-${Deno.uid()}`,
  ];
}

/** Two starts at the same time may both unpack: each works in a folder of its own, and the first rename wins. */
function unpackInto(parent: string, name: string): string {
  const home = `${parent}/${name}`;
  if (isThere(home)) return home;
  const partial = `${home}.${Deno.pid}`;
  try {
    Deno.mkdirSync(partial, { recursive: true });
    for (const entry of Deno.readDirSync(embedded())) {
      if (entry.name === nameFile) continue;
      Deno.writeFileSync(`${partial}/${entry.name}`, Deno.readFileSync(new URL(entry.name, embedded())));
      Deno.chmodSync(`${partial}/${entry.name}`, 0o755);
    }
    Deno.renameSync(partial, home);
  } catch (error) {
    Deno.removeSync(partial, { recursive: true });
    if (!isThere(home)) throw error;
  }
  return home;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
