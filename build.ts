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
import { buildImage, type ImageEntry, sharedLibraries } from "./build/image.ts";
import { buildNative, type NativeParts } from "./build/native.ts";
import { pack, type Part } from "./build/pack.ts";

const dist = new URL("dist", import.meta.url).pathname;
const work = `${dist}/.work`;

/** Builds and returns the sizes, in bytes, of what was made. */
export async function build(options: { release?: boolean; safe?: boolean } = {}): Promise<Record<string, number>> {
  await Deno.remove(`${work}/cli`, { recursive: true }).catch(() => {});
  await Deno.mkdir(work, { recursive: true });
  const [native] = await Promise.all([
    buildNative(`${work}/native`, options),
    bundleCli(`${work}/cli`),
    bundleAgent(`${work}/agent.js`),
  ]);
  const level = options.release ? 19 : 9;
  const agentParts = [
    { name: "deno", path: Deno.execPath(), executable: true },
    { name: "agent.js", path: `${work}/agent.js`, executable: false },
  ];
  const sizes = {
    mirrord: await pack(native.launcher, [...agentParts, ...await cliParts(native)], `${dist}/mirrord`, level),
    "mirrord-agent": await pack(native.launcher, agentParts, `${dist}/mirrord-agent`, level),
    "agent-image.tar": await writeAgentImage(native, `${dist}/agent-image.tar`),
  };
  return sizes;
}

async function cliParts(native: NativeParts): Promise<Part[]> {
  const parts = [
    { name: "libmirrord_layer.so", path: native.layer, executable: true },
    { name: "mirrord-supervisor", path: native.supervisor, executable: true },
    { name: "mirrord-launcher", path: native.launcher, executable: true },
  ];
  for await (const entry of Deno.readDir(`${work}/cli`)) {
    parts.push({ name: `cli/${entry.name}`, path: `${work}/cli/${entry.name}`, executable: false });
  }
  return parts.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The image holds the agent unpacked: it starts without unpacking anything. */
async function writeAgentImage(native: NativeParts, output: string): Promise<number> {
  const folder = (name: string, mode = 0o755): ImageEntry => ({ name, mode });
  const file = async (name: string, path: string, mode: number) => ({ name, mode, content: await Deno.readFile(path) });
  const image = await buildImage({
    reference: defaultAgentImage,
    entrypoint: ["/mirrord/mirrord-agent"],
    entries: [
      folder("mirrord"),
      folder("tmp", 0o1777),
      folder("proc"),
      await file("mirrord/mirrord-agent", native.launcher, 0o755),
      await file("mirrord/deno", Deno.execPath(), 0o755),
      await file("mirrord/agent.js", `${work}/agent.js`, 0o644),
      ...await sharedLibraries(Deno.execPath()),
    ],
  });
  await Deno.writeFile(output, image);
  return image.length;
}

if (import.meta.main) {
  const started = performance.now();
  const sizes = await build({ release: Deno.args.includes("--release"), safe: Deno.args.includes("--safe") });
  for (const [name, bytes] of Object.entries(sizes)) console.log(`dist/${name}  ${(bytes / 1e6).toFixed(1)} MB`);
  console.log(`mirrord ${version} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
