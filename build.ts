/**
 * Builds everything into dist/: `mirrord` (one self-contained file), `mirrord-agent` (the same for the agent alone) and
 * `agent-image.tar` (the agent's container image).
 *
 *   deno task build [--release] [--safe]
 *
 * --release packs tighter (a minute longer); --safe keeps Zig's run-time checks.
 */
import { defaultAgentImage, version } from "./cli/version.ts";
import { bundleAgent, bundleCli } from "./build/bundle.ts";
import { buildAgentImage } from "./cli/image/agent_image.ts";
import { buildNative } from "./build/native.ts";
import { pack, type Part } from "./build/pack.ts";

const dist = new URL("dist", import.meta.url).pathname;
const home = `${dist}/home`;

/** Builds and returns the sizes, in bytes, of what was made. `dist/home` holds the same parts unpacked, for work from source. */
export async function build(options: { release?: boolean; safe?: boolean } = {}): Promise<Record<string, number>> {
  await Deno.remove(`${home}/cli`, { recursive: true }).catch(() => {});
  await Deno.mkdir(home, { recursive: true });
  const [native] = await Promise.all([
    buildNative(`${dist}/native`, options),
    bundleCli(`${home}/cli`),
    bundleAgent(`${home}/agent.js`),
  ]);
  const agentParts = [await homePart("deno", Deno.execPath()), part("agent.js", false)];
  const cliParts = [
    await homePart("libmirrord_layer.so", native.layer),
    await homePart("mirrord-supervisor", native.supervisor),
    await homePart("mirrord-launcher", native.launcher),
    ...await bundleParts(),
  ];
  const level = options.release ? 19 : 9;
  return {
    mirrord: await pack(native.launcher, [...agentParts, ...cliParts], `${dist}/mirrord`, level),
    "mirrord-agent": await pack(native.launcher, agentParts, `${dist}/mirrord-agent`, level),
    "agent-image.tar": await writeAgentImage(`${dist}/agent-image.tar`),
  };
}

const part = (name: string, executable: boolean): Part => ({ name, path: `${home}/${name}`, executable });

/** Puts a built or installed file into `dist/home`, replacing it in one step: an older one may be running. */
async function homePart(name: string, from: string): Promise<Part> {
  await Deno.copyFile(from, `${home}/${name}.partial`);
  await Deno.chmod(`${home}/${name}.partial`, 0o755);
  await Deno.rename(`${home}/${name}.partial`, `${home}/${name}`);
  return part(name, true);
}

async function bundleParts(): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const entry of Deno.readDir(`${home}/cli`)) parts.push(part(`cli/${entry.name}`, false));
  return parts.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function writeAgentImage(output: string): Promise<number> {
  const image = await buildAgentImage(home, defaultAgentImage);
  await Deno.writeFile(output, image);
  return image.length;
}

if (import.meta.main) {
  const started = performance.now();
  const sizes = await build({ release: Deno.args.includes("--release"), safe: Deno.args.includes("--safe") });
  for (const [name, bytes] of Object.entries(sizes)) console.log(`dist/${name}  ${(bytes / 1e6).toFixed(1)} MB`);
  console.log(`mirrord ${version} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
