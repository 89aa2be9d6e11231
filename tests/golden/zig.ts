import { run, zig, zigCaches } from "../../build/toolchain.ts";

const layer = new URL("../../layer/", import.meta.url).pathname;

/** What such a file may import, each with what it imports itself. */
const modules = {
  protocol: { root: "protocol.zig", imports: [] },
  rules: { root: "core/rules.zig", imports: ["protocol"] },
  core: { root: "core/core.zig", imports: ["protocol"] },
  launching: { root: "preload/launching.zig", imports: ["core"] },
} satisfies Record<string, { root: string; imports: string[] }>;

type Module = keyof typeof modules;

/** Runs the tests of a Zig file that imports these modules of the layer, with safety checks. Throws with the tests' words. */
export async function runZigTest(file: URL, imports: Module[]): Promise<void> {
  const root = [...dependencies(imports), `-Mroot=${file.pathname}`];
  // A module that two others name is given once.
  const needed = new Set<Module>(imports.flatMap((name) => [name, ...transitive(name)]));
  const given = [...needed].flatMap((name) => [
    ...dependencies(modules[name].imports),
    `-M${name}=${layer}${modules[name].root}`,
  ]);
  // The layer looks for its own dynamic section, which only position-independent code has.
  await run(zig(), ["test", "-fPIE", ...root, ...given, ...zigCaches()]);
}

function dependencies(names: readonly string[]): string[] {
  return names.flatMap((name) => ["--dep", name]);
}

function transitive(name: Module): Module[] {
  return (modules[name].imports as Module[]).flatMap((imported) => [imported, ...transitive(imported)]);
}
