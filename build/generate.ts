/**
 * `deno task generate` writes every generated file; with `--check` it only names those that are not up to date.
 *
 * Each part says what its files should be; documents and JSON are formatted like everything else.
 */
import { cliFiles } from "../cli/generate/outputs.ts";
import { configFiles } from "../config/generate/outputs.ts";
import { zigFile } from "../protocol/generate/outputs.ts";

const root = new URL("..", import.meta.url);

interface Generated {
  /** Path from the root of the checkout. */
  path: string;
  text: string;
}

async function generatedFiles(): Promise<Generated[]> {
  const documents = await Promise.all([...configFiles(), ...await cliFiles()].map(formatted));
  return [await zigFile(), ...documents];
}

async function formatted({ path, text }: Generated): Promise<Generated> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", path.slice(path.lastIndexOf(".") + 1), "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`${path} cannot be formatted`);
  return { path, text: new TextDecoder().decode(stdout) };
}

if (import.meta.main) {
  let stale = 0;
  for (const { path, text } of await generatedFiles()) {
    const file = new URL(path, root);
    if (await Deno.readTextFile(file).catch(() => "") === text) continue;
    stale++;
    if (Deno.args.includes("--check")) console.error(`${path} is not up to date: run \`deno task generate\``);
    else await Deno.writeTextFile(file, text);
  }
  Deno.exit(stale > 0 && Deno.args.includes("--check") ? 1 : 0);
}
