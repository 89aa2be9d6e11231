/**
 * Makes a single file by `deno compile`: Deno's runtime part with the bundle and the native parts embedded. That runtime part
 * (`denort`) is downloaded by Deno itself, or named by DENORT_BIN; where neither can be had, `build/pack.ts` makes the file.
 */
import { createHash } from "node:crypto";
import { bundleInto } from "./bundle.ts";
import { run } from "./toolchain.ts";

/** The download of the runtime part must fit. A machine without a network is refused at once. */
const probeLimitMs = 120_000;
/** One that no other program would end with. */
const probeExitCode = 87;
const offline = ["--no-check", "--no-config", "--no-lock", "--no-remote", "--no-npm"];

/** Compiles and runs a small program. Null when that works, otherwise what stands in the way. */
export async function compileObstacle(): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "mirrord-compile-" });
  const [script, program] = [`${folder}/probe.js`, `${folder}/probe`];
  try {
    await Deno.writeTextFile(script, `Deno.exit(Deno.build.standalone ? ${probeExitCode} : 1);\n`);
    const compiled = await limited([Deno.execPath(), ...compileArguments(script, program)]);
    if (compiled.code !== 0) return compiled.complaint;
    return (await limited([program])).code === probeExitCode ? null : "what it makes does not run";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a command; `complaint` is the innermost cause of those that it names. */
async function limited([command, ...args]: string[]): Promise<{ code: number; complaint: string }> {
  const signal = AbortSignal.timeout(probeLimitMs);
  const options = { args, env: { NO_COLOR: "1" }, stdin: "null", stdout: "null", stderr: "piped", signal } as const;
  const { code, stderr } = await new Deno.Command(command!, options).output();
  if (signal.aborted) return { code, complaint: `it took longer than ${probeLimitMs / 1000} s` };
  const [message = ""] = new TextDecoder().decode(stderr).split("Stack backtrace");
  return { code, complaint: [...message.matchAll(/^\s*\d+: (.+)$/gm)].at(-1)?.[1] ?? message.trim() };
}

export interface CompileOptions {
  /** From the root of the tree; the files of `build/compiled/`. */
  entry: string;
  /** Files that are unpacked where the product runs; see `cli/session/compiled_parts.ts`. */
  parts: readonly string[];
  /** Where the bundle and the parts are put together. */
  folder: string;
  output: string;
}

/** Returns the size of `output` in bytes. */
export async function compile({ entry, parts, folder, output }: CompileOptions): Promise<number> {
  await bundleInto(folder, entry);
  await collectParts(parts, `${folder}/parts`);
  const script = `${folder}/${fileName(entry).replace(/\.ts$/, ".js")}`;
  await run(Deno.execPath(), compileArguments(script, output, `${folder}/parts`));
  return (await Deno.stat(output)).size;
}

function compileArguments(script: string, output: string, included?: string): string[] {
  const include = included === undefined ? [] : ["--include", included];
  return ["compile", "--quiet", "-A", ...offline, ...include, "--output", output, script];
}

/** The parts, and a file with the name of the folder into which they are unpacked: a part of their hash. */
async function collectParts(parts: readonly string[], folder: string): Promise<void> {
  const contents = createHash("sha256");
  await Deno.mkdir(folder);
  for (const part of parts) {
    const bytes = await Deno.readFile(part);
    contents.update(`${fileName(part)}\0${bytes.length}\0`).update(bytes);
    await Deno.writeFile(`${folder}/${fileName(part)}`, bytes);
  }
  await Deno.writeTextFile(`${folder}/name`, contents.digest("hex").slice(0, 16));
}

const fileName = (path: string) => path.slice(path.lastIndexOf("/") + 1);
