/** The TypeScript parts, each as one minified bundle; the CLI's subcommands stay files of their own, loaded when called. */
import { run } from "./toolchain.ts";

const root = new URL("..", import.meta.url).pathname;

/** Bundles what begins at `entry` (from the root of the tree) into `folder`: one file by the entry's name, and its chunks. */
export async function bundleInto(folder: string, entry: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const options = ["--platform", "deno", "--minify", "--code-splitting"];
  await run(Deno.execPath(), ["bundle", "--quiet", ...options, "--outdir", folder, entry], { cwd: root });
  for await (const entry of Deno.readDir(folder)) await requireLazily(`${folder}/${entry.name}`);
}

/**
 * The bundler's helper loads `node:module` (12 ms) wherever CommonJS might be met, at every start. It is asked for at the
 * first `require` instead, which most commands never reach.
 */
async function requireLazily(file: string): Promise<void> {
  const eager = /import\{createRequire as (\w+)\} ?from ?"node:module";var (\w+)=\1\(import\.meta\.url\);/;
  const text = await Deno.readTextFile(file);
  const lazy = 'var $2=n=>process.getBuiltinModule("node:module").createRequire(import.meta.url)(n);';
  if (eager.test(text)) await Deno.writeTextFile(file, text.replace(eager, lazy));
}

/** Bundles the agent into one `file`. */
export async function bundleAgent(file: string): Promise<void> {
  const options = ["--platform", "deno", "--minify"];
  await run(Deno.execPath(), ["bundle", "--quiet", ...options, "--output", file, "agent/main.ts"], { cwd: root });
}
