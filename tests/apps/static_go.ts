/** Builds the Go test programs static and stripped, so that nothing can be preloaded into them. */
import { cacheFolder, run } from "../../build/toolchain.ts";

/** Returns the executable of `tests/apps/go/<name>`; Go's own cache makes the second build quick. */
export async function staticGo(name: string): Promise<string> {
  const source = new URL(`go/${name}`, import.meta.url).pathname;
  const output = `${cacheFolder()}/apps/${name}`;
  await Deno.mkdir(`${cacheFolder()}/apps`, { recursive: true });
  await run("env", ["CGO_ENABLED=0", "go", "build", "-trimpath", "-ldflags=-s -w", "-o", output, "."], { cwd: source });
  return output;
}
