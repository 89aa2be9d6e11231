/** The two single files, `mirrord` and `mirrord-agent`, in either of the two ways in which they can be made. */
import { compile } from "./compile.ts";
import type { NativeParts } from "./native.ts";
import { pack, type Part } from "./pack.ts";

/** `compile`: by `deno compile`. `launcher`: Deno, the bundles and the native parts packed behind our own launcher. */
export type Way = "compile" | "launcher";

/** Size in bytes by file name. */
export type Sizes = Record<"mirrord" | "mirrord-agent", number>;

/** `home`: the folder with all parts unpacked. */
export async function packFiles(home: string, native: NativeParts, dist: string): Promise<Sizes> {
  const part = (name: string, executable: boolean): Part => ({ name, path: `${home}/${name}`, executable });
  const agentParts = [part("deno", true), part("agent.js", false)];
  const cliParts = [
    part("libmirrord_layer.so", true),
    part("mirrord-supervisor", true),
    part("mirrord-launcher", true),
    ...(await bundleNames(home)).map((name) => part(name, false)),
  ];
  return {
    mirrord: await pack(native.launcher, [...agentParts, ...cliParts], `${dist}/mirrord`),
    "mirrord-agent": await pack(native.launcher, agentParts, `${dist}/mirrord-agent`),
  };
}

async function bundleNames(home: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${home}/cli`));
  return entries.map(({ name }) => `cli/${name}`).sort();
}

export async function compileFiles(native: NativeParts, dist: string): Promise<Sizes> {
  const { layer, supervisor, launcher } = native;
  const file = (name: string, entry: string, parts: string[]) =>
    compile({ entry: `build/compiled/${entry}`, parts, folder: `${dist}/compiled/${name}`, output: `${dist}/${name}` });
  return {
    mirrord: await file("mirrord", "mirrord.ts", [layer, supervisor, launcher]),
    "mirrord-agent": await file("mirrord-agent", "mirrord_agent.ts", [launcher]),
  };
}
