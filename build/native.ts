/** The Zig parts: the layer, the supervisor and the launcher. */
import { run, zig, zigCaches } from "./toolchain.ts";

export interface NativeParts {
  layer: string;
  supervisor: string;
  launcher: string;
}

export interface NativeOptions {
  /** Keeps Zig's run-time checks (slower, for the test matrix). */
  safe?: boolean;
  /** For another processor than this machine's. */
  processor?: "x86_64" | "aarch64";
}

/** Builds into `folder` and returns the files. */
export async function buildNative(folder: string, options: NativeOptions = {}): Promise<NativeParts> {
  await Deno.mkdir(folder, { recursive: true });
  const optimize = options.safe ? "ReleaseSafe" : "ReleaseSmall";
  await run(zig(), [
    "build",
    `-Doptimize=${optimize}`,
    ...options.processor === undefined ? [] : [`-Dtarget=${options.processor}-linux`],
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
