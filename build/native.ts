/** The Zig parts: the layer, the supervisor and the launcher. */
import { run, zig, zigCaches } from "./toolchain.ts";

export interface NativeParts {
  layer: string;
  supervisor: string;
  launcher: string;
}

/** Builds into `folder` and returns the files. `safe` keeps Zig's run-time checks (slower, for the test matrix). */
export async function buildNative(folder: string, options: { safe?: boolean } = {}): Promise<NativeParts> {
  await Deno.mkdir(folder, { recursive: true });
  const optimize = options.safe ? "ReleaseSafe" : "ReleaseSmall";
  await run(zig(), [
    "build",
    `-Doptimize=${optimize}`,
    "--prefix",
    folder,
    ...zigCaches(),
  ], { cwd: new URL("../layer", import.meta.url).pathname });
  return {
    layer: `${folder}/lib/libmirrord_layer.so`,
    supervisor: `${folder}/bin/mirrord-supervisor`,
    launcher: `${folder}/bin/mirrord-launcher`,
  };
}
