/**
 * The layer for the other processor family: everything is built for it, and its preloaded library serves a program of glibc's
 * under an emulator. (An emulator cannot have a supervisor: the calls that the kernel sees are its own.)
 */
import { ok, strictEqual } from "node:assert/strict";
import { buildNative } from "../../build/native.ts";
import { cacheFolder, run as runTool, zig, zigCaches } from "../../build/toolchain.ts";
import { run } from "./programs.ts";
import { ScriptedProxy } from "./scripted_proxy.ts";

const scratch = `${cacheFolder()}/layer-tests/aarch64`;
const emulator = "/usr/bin/qemu-aarch64-static";
const system = "/usr/aarch64-linux-gnu";
const elfMachine = 183; // EM_AARCH64

async function program(): Promise<string> {
  await Deno.mkdir(scratch, { recursive: true });
  const source = new URL("../apps/c/narrow.c", import.meta.url).pathname;
  const caches = zigCaches();
  const env = { ZIG_LOCAL_CACHE_DIR: caches[1]!, ZIG_GLOBAL_CACHE_DIR: caches[3]! };
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const output = `${scratch}/narrow`;
  await runTool("env", [...words, zig(), "cc", "-target", "aarch64-linux-gnu.2.31", "-O1", "-o", output, source]);
  return output;
}

Deno.test("aarch64: library, supervisor and launcher are built, and the library serves a program", async () => {
  const parts = await buildNative(`${scratch}/native`, { processor: "aarch64" });
  for (const file of Object.values(parts)) {
    const header = await Deno.readFile(file);
    strictEqual(new DataView(header.buffer).getUint16(18, true), elfMachine, file);
  }
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response("answered"));
  const files = {
    "/app/hello.txt": { content: "hello remote\n", mtimeSeconds: 1_500_000_000 },
    "/app/link": { link: "x" },
  };
  await using proxy = new ScriptedProxy({ files }, { library: parts.layer, supervisor: parts.supervisor });
  const command = [emulator, "-L", system, await program(), "/app/hello.txt", "/app/link", "127.0.0.1"];
  const { stdout, stderr, code } = await run([...command, String(server.addr.port)], { session: proxy });
  strictEqual(code, 0, stderr);
  const [first, second, link, host, answer] = stdout.split("\n");
  strictEqual(first, "8 hello remote");
  strictEqual(second, "13 1500000000 1");
  strictEqual(link, "x");
  ok(host!.length > 0);
  strictEqual(answer, "answered");
  ok(proxy.asked("openFile").length >= 1);
  await server.shutdown();
});
