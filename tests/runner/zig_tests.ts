/** Runs `zig build test` in layer/ and lets its summary through, from which the runner counts. */
import { cacheFolder, zig } from "../../build/toolchain.ts";

const caches = [
  "--cache-dir",
  `${cacheFolder()}/zig-local-cache`,
  "--global-cache-dir",
  `${cacheFolder()}/zig-global-cache`,
];
const child = new Deno.Command(zig(), {
  args: ["build", "test", "--summary", "all", ...caches],
  cwd: new URL("../../layer", import.meta.url).pathname,
}).spawn();
Deno.exit((await child.status).code);
