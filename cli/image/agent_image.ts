/** The agent's image: the agent unpacked, so that it starts at once, and the shared libraries that Deno needs. */
import { MirrordError } from "../error.ts";
import { buildImage, type ImageEntry } from "./archive.ts";

/** Makes the tar from the parts of an installation (`home`: deno, agent.js, mirrord-launcher). @throws {MirrordError} */
export async function buildAgentImage(home: string, reference: string): Promise<Uint8Array> {
  const folder = (name: string, mode = 0o755): ImageEntry => ({ name, mode });
  const file = async (name: string, from: string, mode: number): Promise<ImageEntry> => ({
    name: `mirrord/${name}`,
    mode,
    content: await Deno.readFile(`${home}/${from}`),
  });
  try {
    return await buildImage({
      reference,
      entrypoint: ["/mirrord/mirrord-agent"],
      entries: [
        folder("mirrord"),
        folder("tmp", 0o1777),
        folder("proc"),
        await file("mirrord-agent", "mirrord-launcher", 0o755),
        await file("deno", "deno", 0o755),
        await file("agent.js", "agent.js", 0o644),
        ...await sharedLibraries(`${home}/deno`),
      ],
    });
  } catch (cause) {
    throw new MirrordError("the agent's image cannot be made", { cause, help: `Are the agent's parts in ${home}?` });
  }
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
