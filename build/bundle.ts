/** The TypeScript parts, each as one minified bundle; the CLI's subcommands stay files of their own, loaded when called. */
import { run } from "./toolchain.ts";

const root = new URL("..", import.meta.url).pathname;

/** Bundles the CLI into `folder` (main.js and its chunks). */
export async function bundleCli(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const options = ["--platform", "deno", "--minify", "--code-splitting"];
  await run(Deno.execPath(), ["bundle", "--quiet", ...options, "--outdir", folder, "cli/main.ts"], { cwd: root });
}

/** Bundles the agent into one `file`. */
export async function bundleAgent(file: string): Promise<void> {
  const options = ["--platform", "deno", "--minify"];
  await run(Deno.execPath(), ["bundle", "--quiet", ...options, "--output", file, "agent/main.ts"], { cwd: root });
}
