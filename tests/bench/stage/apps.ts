/** The programs that measure and are measured: C, so that their own cost is small. */
import { cacheFolder, run } from "../../../build/toolchain.ts";

const sources = new URL("../apps/", import.meta.url).pathname;

/** `server` answers, `client` and `load` ask, `calls` times local calls, `delay_link` is a long line. */
export type App = "server" | "client" | "load" | "calls" | "delay_link";

/** Compiles `apps/NAME.c` and returns the program's path. Nothing can be preloaded into a static one. */
export async function compile(name: App, options: { static?: boolean } = {}): Promise<string> {
  const folder = `${cacheFolder()}/bench`;
  const output = `${folder}/${name}${options.static ? "-static" : ""}`;
  await Deno.mkdir(folder, { recursive: true });
  const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-pthread", ...options.static ? ["-static"] : []];
  const partial = `${output}.${Deno.pid}`;
  await run("gcc", [...flags, "-o", partial, `${sources}${name}.c`]);
  await Deno.rename(partial, output);
  return output;
}
