/**
 * A stand-in for `denort`, the runtime part of `deno compile`, which cannot be downloaded everywhere. `deno compile` makes the
 * same file with it as with the real one: our entries, bundles and embedded parts, appended by Deno itself. At run time the
 * file unpacks what is embedded and becomes the installed Deno, instead of being one.
 */
import { run, zig, zigCaches } from "../../build/toolchain.ts";

/** Builds the stand-in into `folder`, which what is made by it needs too; returns its path, for DENORT_BIN. */
export async function buildStandIn(folder: string): Promise<string> {
  const script = new URL("runtime.ts", import.meta.url).pathname;
  const cache = `${folder}/cache`;
  await Deno.mkdir(cache, { recursive: true });
  await Deno.copyFile(new URL("front.zig", import.meta.url), `${folder}/front.zig`);
  const paths = { deno: Deno.execPath(), script, cache };
  const lines = Object.entries(paths).map(([name, path]) => `pub const ${name} = ${JSON.stringify(path)};\n`);
  await Deno.writeTextFile(`${folder}/paths.zig`, lines.join(""));
  const output = `${folder}/denort`;
  // Zig's start code raises the stack limit to what the file asks for, and the user's program would inherit that.
  const options = ["-OReleaseSmall", "--stack", String(1 << 20), `-femit-bin=${output}`];
  await run(zig(), ["build-exe", ...options, ...zigCaches(), `${folder}/front.zig`]);
  return output;
}
