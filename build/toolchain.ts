/** Where the build's tools and caches are. All caches live outside the tree. */

const home = () => Deno.env.get("HOME") ?? "/root";

/** The folder that `./dev` uses too: toolchains, packed runtimes, Kubernetes binaries. */
export function cacheFolder(): string {
  return Deno.env.get("MIRRORD_DEV_CACHE") ?? `${Deno.env.get("XDG_CACHE_HOME") ?? `${home()}/.cache`}/mirrord-dev`;
}

/** The Zig compiler: the one that `./dev` fetched, or the one on PATH. */
export function zig(): string {
  const named = Deno.env.get("MIRRORD_ZIG");
  if (named !== undefined) return named;
  try {
    const fetched = [...Deno.readDirSync(cacheFolder())].map(({ name }) => name).filter((name) =>
      name.startsWith("zig-0")
    );
    if (fetched.length > 0) return `${cacheFolder()}/${fetched.sort().at(-1)}/ziglang/zig`;
  } catch {
    // no cache yet
  }
  return "zig";
}

/** Zig's caches. Its local one must be each checkout's own: it takes equal relative paths for equal files. */
export function zigCaches(): string[] {
  const checkout = new URL("..", import.meta.url).pathname.slice(1, -1).replaceAll("/", "+");
  const local = `${cacheFolder()}/zig-local-cache/${checkout}`;
  return ["--cache-dir", local, "--global-cache-dir", `${cacheFolder()}/zig-global-cache`];
}

/** Runs a tool to its end; throws with its output when it fails. */
export async function run(command: string, args: string[], options: { cwd?: string } = {}): Promise<string> {
  const child = new Deno.Command(command, { args, cwd: options.cwd, stdout: "piped", stderr: "piped" });
  const { success, code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${text.decode(stderr)}${text.decode(stdout)}`);
  }
  return text.decode(stdout);
}
