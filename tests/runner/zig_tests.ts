/** Runs `zig build test` in layer/ and lets its summary through, from which the runner counts. */
import { zig, zigCaches } from "../../build/toolchain.ts";

const child = new Deno.Command(zig(), {
  args: ["build", "test", "--summary", "all", ...zigCaches()],
  cwd: new URL("../../layer", import.meta.url).pathname,
}).spawn();
Deno.exit((await child.status).code);
