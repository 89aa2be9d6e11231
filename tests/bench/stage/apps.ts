/** The programs that measure and are measured: C, so that their own cost is small, and Go where it is about Go. */
import { cacheFolder, run } from "../../../build/toolchain.ts";

const sources = new URL("../apps/", import.meta.url).pathname;

/** `server` answers, `client` and `load` ask, `calls` times local calls, `runner` commands; `delay_link` is a long line. */
export type App = "server" | "client" | "load" | "calls" | "runner" | "delay_link";

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

/** Compiles `apps/NAME.go`, static, as Go programs for containers are; returns the program's path. */
export async function compileGo(name: string): Promise<string> {
  const output = `${cacheFolder()}/bench/${name}`;
  await Deno.mkdir(`${cacheFolder()}/bench`, { recursive: true });
  await run("env", ["CGO_ENABLED=0", "go", "build", "-ldflags=-s -w", "-o", output, `${sources}${name}.go`]);
  return output;
}
