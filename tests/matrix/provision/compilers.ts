/** Builds our small programs of `tests/apps` in compiled languages; each returns the executable's path. */
import { zig, zigCaches } from "../../../build/toolchain.ts";
import { run } from "../process.ts";
import { apps, cached, textsOf, toolVersion } from "./cache.ts";

/** One file of C or C++: `compiler` with `flags`. */
export async function compiled(source: string, compiler: string, flags: string[] = []): Promise<string> {
  const stamp = [...await textsOf([source]), compiler, ...flags, await toolVersion([compiler, "--version"])];
  const folder = await cached(label(source, compiler, ...flags), stamp, async (folder) => {
    await run([compiler, "-O2", "-Wall", "-o", `${folder}/program`, `${apps}/${source}`, ...flags]);
  });
  return `${folder}/program`;
}

/** A Go module `tests/apps/go/NAME`, which may use the module `sight` beside it. */
export async function goProgram(
  name: string,
  options: { cgo?: boolean; flags?: string[] } = {},
): Promise<string> {
  const module = `${apps}/go/${name}`;
  const sourcesOf = (name: string) =>
    [...Deno.readDirSync(`${apps}/go/${name}`)].map((entry) => `go/${name}/${entry.name}`);
  const sources = [...sourcesOf(name), ...sourcesOf("sight")].sort();
  const env = { CGO_ENABLED: options.cgo ? "1" : "0" };
  const flags = options.flags ?? [];
  const stamp = [...await textsOf(sources), env.CGO_ENABLED, ...flags, await toolVersion(["go", "version"])];
  const folder = await cached(label("go", name, env.CGO_ENABLED, ...flags), stamp, async (folder) => {
    await run(["go", "build", "-trimpath", ...flags, "-o", `${folder}/program`, "."], { cwd: module, env });
  });
  return `${folder}/program`;
}

/** One file of Zig. */
export async function zigProgram(source: string, flags: string[]): Promise<string> {
  const stamp = [...await textsOf([source]), ...flags, await toolVersion([zig(), "version"])];
  const folder = await cached(label(source, ...flags), stamp, async (folder) => {
    const output = `-femit-bin=${folder}/program`;
    await run([zig(), "build-exe", `${apps}/${source}`, "-OReleaseSafe", output, ...flags, ...zigCaches()]);
  });
  return `${folder}/program`;
}

/** A name for the folder, that a person can read. */
function label(...words: string[]): string {
  return words.map((word) => word.replaceAll(/[^\w]+/g, "_").replaceAll(/^_+|_+$/g, "")).filter(Boolean).join("-");
}
