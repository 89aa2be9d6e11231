/** `deno task generate` writes layer/protocol.zig; with `--check` it only says whether the file is up to date. */
import { zigSource } from "./zig_source.ts";

const runtimeFile = new URL("./runtime.zig", import.meta.url);
const targetFile = new URL("../../layer/protocol.zig", import.meta.url);

/** The generated text, and what stands in the file now ("" when there is none). */
export async function compareWithFile(): Promise<{ wanted: string; found: string }> {
  const wanted = zigSource(await Deno.readTextFile(runtimeFile));
  const found = await Deno.readTextFile(targetFile).catch(() => "");
  return { wanted, found };
}

if (import.meta.main) {
  const { wanted, found } = await compareWithFile();
  if (wanted !== found && Deno.args.includes("--check")) {
    console.error("layer/protocol.zig is not what the messages say: run `deno task generate`");
    Deno.exit(1);
  }
  if (wanted !== found) await Deno.writeTextFile(targetFile, wanted);
}
