/**
 * Runs `zig build test` in layer/ and lets its summary through, from which the runner counts. As shipped; with
 * `MIRRORD_TEST_SAFE` in the environment, with Zig's run-time checks.
 */
import { zig, zigCaches } from "../../build/toolchain.ts";

const optimize = Deno.env.has("MIRRORD_TEST_SAFE") ? "ReleaseSafe" : "ReleaseSmall";
const child = new Deno.Command(zig(), {
  args: ["build", "test", `-Doptimize=${optimize}`, "--summary", "all", ...zigCaches()],
  cwd: new URL("../../layer", import.meta.url).pathname,
}).spawn();
Deno.exit((await child.status).code);
