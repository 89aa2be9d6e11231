/** The `mirrord` file in each of the two ways in which it can be made: as `build.ts` made it, and the other way. */
import { compileObstacle } from "../../build/compile.ts";
import { compileFiles, packFiles, type Way } from "../../build/single_files.ts";
import { buildStandIn } from "../denort/stand_in.ts";
import { mirrordFile } from "./mirrord.ts";

const home = new URL("../../dist/home", import.meta.url).pathname;
const native = {
  layer: `${home}/libmirrord_layer.so`,
  supervisor: `${home}/mirrord-supervisor`,
  launcher: `${home}/mirrord-launcher`,
};

/** A `mirrord` file, and the folder with what the test made for it. */
export class SingleFile implements AsyncDisposable {
  private constructor(readonly way: Way, readonly path: string, private readonly folder: string) {}

  static async made(way: Way): Promise<SingleFile> {
    const folder = await Deno.makeTempDir({ prefix: "mirrord-single-" });
    try {
      if (way === await builtWay()) return new SingleFile(way, mirrordFile, folder);
      if (way === "launcher") await packFiles(home, native, folder);
      else await compileSomehow(folder);
      return new SingleFile(way, `${folder}/mirrord`, folder);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The packed file ends with a mark of its own. */
async function builtWay(): Promise<Way> {
  const mark = "MIRRPAK1";
  using file = await Deno.open(mirrordFile);
  await file.seek(-mark.length, Deno.SeekMode.End);
  const end = new Uint8Array(mark.length);
  await file.read(end);
  return new TextDecoder().decode(end) === mark ? "launcher" : "compile";
}

/** With the real runtime part where it can be had. */
async function compileSomehow(folder: string): Promise<void> {
  if (await compileObstacle() === null) return void await compileFiles(native, folder);
  Deno.env.set("DENORT_BIN", await buildStandIn(`${folder}/stand-in`));
  try {
    await compileFiles(native, folder);
  } finally {
    Deno.env.delete("DENORT_BIN");
  }
}
