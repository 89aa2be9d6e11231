/** Running other programs. */

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Written to its standard input, which is then closed. */
  input?: string;
  /** Its output goes to the terminal and the result is empty. */
  show?: boolean;
  /** It is killed after this time. */
  timeoutMs?: number;
}

/** Returns what the program printed; throws an `Error` with its complaint if it fails. */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await capture(command, options);
  if (code === 0) return stdout;
  throw new Error(`${command.join(" ")}: exit code ${code}\n${stderr.trim() || stdout.trim()}`);
}

/** Like `run`, for a caller who wants to see a failure. */
export async function capture(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = options.show ? "inherit" : "piped";
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: options.cwd,
    env: options.env,
    stdin: options.input === undefined ? "null" : "piped",
    stdout: output,
    stderr: output,
    signal: options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs),
  }).spawn();
  if (options.input !== undefined) await new Blob([options.input]).stream().pipeTo(child.stdin);
  if (options.show) return { code: (await child.status).code, stdout: "", stderr: "" };
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Calls `check` until it holds; throws `Error(what)` with the last failure when the time is over. */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  check: () => Promise<boolean>,
  intervalMs = 100,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let failure = "";
  while (performance.now() < deadline) {
    try {
      if (await check()) return;
      failure = "";
    } catch (error) {
      failure = `: ${error instanceof Error ? error.message : error}`;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s${failure}`);
}

/** Kills a process that may have ended already. */
export function killPid(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
