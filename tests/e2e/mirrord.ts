/** Runs the built `dist/mirrord`, as a user would; with `MIRRORD_TEST_SAFE` in the environment that of `build.ts --safe`. */

const root = new URL("../..", import.meta.url).pathname;
export const mirrordFile = `${root}${Deno.env.has("MIRRORD_TEST_SAFE") ? "dist/safe" : "dist"}/mirrord`;

export interface Outcome {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** mirrord's own flags, before `--`. */
  flags?: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Another file than the built one. */
  mirrord?: string;
  /** SIGKILL after so long; a test must not hang. */
  timeoutMs?: number;
}

/** `mirrord exec -t TARGET FLAGS -- COMMAND`, to its end. */
export async function exec(target: string | null, command: string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(target, command, options);
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder();
  return { code, signal, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Progress is off; and Node is not told of certificates of this machine, which a target doesn't have. */
export const quietEnv = { MIRRORD_PROGRESS_MODE: "off", NODE_EXTRA_CA_CERTS: "" };

/** As `exec`, without waiting. */
export function spawn(target: string | null, command: string[], options: RunOptions = {}): Deno.ChildProcess {
  const to = target === null ? [] : ["-t", target];
  return new Deno.Command(options.mirrord ?? mirrordFile, {
    args: ["exec", ...to, ...options.flags ?? [], "--", ...command],
    env: { ...quietEnv, ...options.env },
    cwd: options.cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Asks until the answer is as expected; returns the last one, or throws the last error. */
export async function eventually<T>(ask: () => Promise<T>, expected: T, timeoutMs = 15_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  while (true) {
    const result = await ask().then((answer) => ({ answer }), (error: unknown) => ({ error }));
    if ("answer" in result && result.answer === expected) return result.answer;
    if (performance.now() > end) {
      if ("error" in result) throw result.error;
      return result.answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
