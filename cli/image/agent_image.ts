/** The agent's image: the agent unpacked, so that it starts at once, and the shared libraries that Deno needs. */
import { MirrordError } from "../error.ts";
import { buildImage, type ImageEntry } from "./archive.ts";

/** What an agent consists of. */
export interface AgentParts {
  /** The folder with mirrord-launcher, and with deno and agent.js where they are files of their own. */
  home: string;
  /** A file made by `deno compile` that is deno and agent.js in one; null when they are in `home`. */
  compiled: string | null;
}

/** Where the compiled file is in the image. */
const compiledPath = "mirrord/mirrord";

/** Makes the image's tar. @throws {MirrordError} */
export async function buildAgentImage({ home, compiled }: AgentParts, reference: string): Promise<Uint8Array> {
  const folder = (name: string, mode = 0o755): ImageEntry => ({ name, mode });
  try {
    return await buildImage({
      reference,
      entrypoint: ["/mirrord/mirrord-agent"],
      env: compiled === null ? [] : [`MIRRORD_COMPILED=/${compiledPath}`],
      entries: [
        folder("mirrord"),
        folder("tmp", 0o1777),
        folder("proc"),
        await file("mirrord/mirrord-agent", `${home}/mirrord-launcher`, 0o755),
        ...await runtimeEntries(home, compiled),
        ...await sharedLibraries(compiled ?? `${home}/deno`),
      ],
    });
  } catch (cause) {
    throw new MirrordError("the agent's image cannot be made", { cause, help: `Are the agent's parts in ${home}?` });
  }
}

async function runtimeEntries(home: string, compiled: string | null): Promise<ImageEntry[]> {
  if (compiled !== null) return [await file(compiledPath, compiled, 0o755)];
  return [
    await file("mirrord/deno", `${home}/deno`, 0o755),
    await file("mirrord/agent.js", `${home}/agent.js`, 0o644),
  ];
}

async function file(name: string, from: string, mode: number): Promise<ImageEntry> {
  return { name, mode, content: await Deno.readFile(from) };
}

/** What an executable's dynamic linker would load, that linker included, as entries at the paths where it looks. */
async function sharedLibraries(executable: string): Promise<ImageEntry[]> {
  const { success, stdout, stderr } = await new Deno.Command("ldd", { args: [executable] }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`ldd ${executable}: ${decoder.decode(stderr).trim()}`);
  const paths = [...decoder.decode(stdout).matchAll(/(?:=>\s+)?(\/\S+)\s+\(0x/g)].map((match) => match[1]!);
  return await Promise.all(paths.map(async (path) => ({
    name: path.slice(1),
    mode: 0o755,
    content: await Deno.readFile(await Deno.realPath(path)),
  })));
}
