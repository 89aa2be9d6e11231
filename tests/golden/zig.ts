import { run, zig, zigCaches } from "../../build/toolchain.ts";

const layer = new URL("../../layer/", import.meta.url).pathname;

/** Runs the tests of a Zig file that imports the layer's `protocol` and `rules`. Throws with the tests' words. */
export async function runZigTest(file: URL): Promise<void> {
  await run(zig(), [
    "test",
    ...["--dep", "protocol", "--dep", "rules", `-Mroot=${file.pathname}`],
    ...["--dep", "protocol", `-Mrules=${layer}core/rules.zig`],
    `-Mprotocol=${layer}protocol.zig`,
    ...zigCaches(),
  ]);
}
