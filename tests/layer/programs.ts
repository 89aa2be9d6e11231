/** Builds what the layer's tests need, once a run, and starts programs under the layer. */
import { buildNative } from "../../build/native.ts";
import { cacheFolder } from "../../build/toolchain.ts";
import type { ScriptedProxy } from "./scripted_proxy.ts";

const here = new URL(".", import.meta.url).pathname;
const scratch = `${cacheFolder()}/layer-tests`;

let built: Promise<{ library: string; supervisor: string }> | undefined;

/** The layer of this tree; with `MIRRORD_TEST_SAFE` in the environment, built with Zig's run-time checks. */
export function layer(): Promise<{ library: string; supervisor: string }> {
  const safe = Deno.env.has("MIRRORD_TEST_SAFE");
  return built ??= buildNative(`${scratch}/${safe ? "safe" : "native"}`, { safe }).then(({ layer, supervisor }) => ({
    library: layer,
    supervisor,
  }));
}

const compiled = new Map<string, Promise<string>>();

/** Compiles `tests/apps/c/NAME.c` (with glibc's gcc, or musl-gcc) and returns the program's path. */
export function cProgram(name: string, options: { musl?: boolean; flags?: string[] } = {}): Promise<string> {
  const compiler = options.musl ? "musl-gcc" : "gcc";
  const flags = options.flags ?? [];
  const key = [compiler, name, ...flags].join(" ");
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const output = `${scratch}/${key.replaceAll(/[^\w]+/g, "_")}`;
  const source = `${here}../apps/c/${name}.c`;
  const path = run([compiler, "-O1", "-Wall", "-o", output, source, "-pthread", ...flags]).then(() => output);
  compiled.set(key, path);
  return path;
}

export interface Ended {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
  durationMs: number;
}

const limitMs = 30_000;

/** Runs a command to its end, in the session if there is one; a program that hangs is killed. */
export async function run(command: string[], options: {
  session?: ScriptedProxy;
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
} = {}): Promise<Ended> {
  await Deno.mkdir(scratch, { recursive: true });
  const started = performance.now();
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    env: { ...options.session?.environment(), ...options.env },
    cwd: options.cwd ?? "/",
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const ended = { code, signal, stdout: text(stdout), stderr: text(stderr), durationMs: performance.now() - started };
  if (options.session === undefined && code !== 0) throw new Error(`${command.join(" ")}: ${ended.stderr}`);
  return ended;
}
