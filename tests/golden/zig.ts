import { cacheFolder, run, zig } from "../../build/toolchain.ts";

const protocol = new URL("../../layer/protocol.zig", import.meta.url).pathname;

/** Runs the tests of a Zig file that imports the generated `protocol`. Throws with the compiler's or the tests' words. */
export async function runZigTest(file: URL): Promise<void> {
  await run(zig(), [
    "test",
    "--dep",
    "protocol",
    `-Mroot=${file.pathname}`,
    `-Mprotocol=${protocol}`,
    "--cache-dir",
    `${cacheFolder()}/zig-local-cache`,
    "--global-cache-dir",
    `${cacheFolder()}/zig-global-cache`,
  ]);
}
