/**
 * Builds everything into dist/: `mirrord` (one self-contained file), `mirrord-agent` (the same for the agent alone) and
 * `agent-image.tar` (the agent's container image).
 *
 *   deno task build [--safe] [--way=compile|launcher]
 *
 * --safe keeps Zig's run-time checks, and builds into dist/safe/; --way says how
 * the single files are made: without it by `deno compile` where that can be had, and otherwise behind our own launcher.
 */
import { defaultAgentImage, version } from "./cli/version.ts";
import { bundleAgent, bundleInto } from "./build/bundle.ts";
import { compileObstacle } from "./build/compile.ts";
import { buildAgentImage } from "./cli/image/agent_image.ts";
import { buildNative, type NativeParts } from "./build/native.ts";
import { compileFiles, packFiles, type Way } from "./build/single_files.ts";

export interface BuildOptions {
  safe?: boolean;
  /** Probed when it is missing. */
  way?: Way;
}

/** Builds and returns the sizes, in bytes, of what was made. `dist/home` holds the same parts unpacked, for work from source. */
export async function build(options: BuildOptions = {}): Promise<Record<string, number>> {
  const dist = new URL(folderName(options), import.meta.url).pathname;
  const home = `${dist}/home`;
  await Deno.mkdir(home, { recursive: true });
  const [way, native] = await Promise.all([
    options.way ?? probeWay(),
    buildNative(`${dist}/native`, options),
    bundleInto(`${home}/cli`, "cli/main.ts"),
    bundleAgent(`${home}/agent.js`),
  ]);
  await fillHome(home, native);
  const files = way === "compile" ? await compileFiles(native, dist) : await packFiles(home, native, dist);
  return { ...files, "agent-image.tar": await writeAgentImage(home, `${dist}/agent-image.tar`) };
}

const folderName = ({ safe = false }: BuildOptions) => safe ? "dist/safe" : "dist";

async function probeWay(): Promise<Way> {
  const obstacle = await compileObstacle();
  if (obstacle === null) return "compile";
  console.log(`the single files are made with our own launcher; deno compile cannot be used here (${obstacle})`);
  return "launcher";
}

async function fillHome(home: string, native: NativeParts): Promise<void> {
  await replace(`${home}/deno`, Deno.execPath());
  await replace(`${home}/libmirrord_layer.so`, native.layer);
  await replace(`${home}/mirrord-supervisor`, native.supervisor);
  await replace(`${home}/mirrord-launcher`, native.launcher);
}

/** Makes `path` a copy of a built or installed program in one step: an older one may be running. */
async function replace(path: string, from: string): Promise<void> {
  await Deno.copyFile(from, `${path}.partial`);
  await Deno.chmod(`${path}.partial`, 0o755);
  await Deno.rename(`${path}.partial`, path);
}

async function writeAgentImage(home: string, output: string): Promise<number> {
  const image = await buildAgentImage({ home, compiled: null }, defaultAgentImage);
  await Deno.writeFile(output, image);
  return image.length;
}

/** The way that was asked for, if any. */
function wayOption(): Way | undefined {
  const value = Deno.args.find((argument) => argument.startsWith("--way="))?.slice("--way=".length);
  if (value === undefined || value === "compile" || value === "launcher") return value;
  console.error(`--way is compile or launcher, not ${value}`);
  Deno.exit(2);
}

if (import.meta.main) {
  const started = performance.now();
  const { args } = Deno;
  const options = { safe: args.includes("--safe"), way: wayOption() };
  for (const [name, bytes] of Object.entries(await build(options))) {
    console.log(`${folderName(options)}/${name}  ${(bytes / 1e6).toFixed(1)} MB`);
  }
  console.log(`mirrord ${version} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
