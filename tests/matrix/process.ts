/** Processes that the matrix starts, each in a process group of its own, so that nothing of it stays. */

export interface Ended {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** It did not end in time, and was killed. */
  late: boolean;
}

/** What is kept of a program's output; a server may say much. */
const outputCharactersMax = 200_000;
const holdingMostMs = 10_000;

export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<string>;
  /** So far. */
  output = "";
  hasEnded = false;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = this.#collect(child.stdout);
    this.#stderr = this.#collect(child.stderr);
    child.status.then(() => this.hasEnded = true);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits for its end; kills it, and all of its group, when that takes longer. */
  async end(timeoutMs: number): Promise<Ended> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.killGroup();
    }, timeoutMs);
    const { code, signal } = await this.#child.status;
    clearTimeout(timer);
    this.killGroup();
    const [stdout, stderr] = await Promise.all([this.#said(this.#stdout), this.#said(this.#stderr)]);
    return { code, signal, stdout, stderr, late };
  }

  /** Asks it to end, as a developer's Ctrl-C or a supervisor does; kills what does not listen. */
  async stop(graceMs: number): Promise<Ended> {
    sendSignal(this.pid, "SIGTERM");
    return await this.end(graceMs);
  }

  killGroup(): void {
    sendSignal(-this.pid, "SIGKILL");
  }

  /** All of an output. What left the group may hold its pipe for ever. */
  #said(output: Promise<string>): Promise<string> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("a process that outlived it holds its output")), holdingMostMs);
    return Promise.race([output, promise]).finally(() => clearTimeout(timer));
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<string> {
    let text = "";
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text = (text + piece).slice(-outputCharactersMax);
      this.output = (this.output + piece).slice(-outputCharactersMax);
    }
    return text;
  }
}

/** Signals a process, or with a negative number a group; it may have ended. */
export function sendSignal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // it has ended
  }
}

export function start(words: string[], options: { env?: Record<string, string>; cwd?: string } = {}): Running {
  const { env, cwd } = options;
  return new Running(
    new Deno.Command("setsid", { args: words, env, cwd, stdin: "null", stdout: "piped", stderr: "piped" }).spawn(),
  );
}

/** Runs a tool to its end; throws with its output when it fails. */
export async function run(
  words: string[],
  options: { env?: Record<string, string>; cwd?: string; timeoutMs?: number } = {},
): Promise<string> {
  const { code, stdout, stderr, late } = await start(words, options).end(options.timeoutMs ?? 600_000);
  if (code !== 0) {
    const why = late ? "took too long" : `ended with ${code}`;
    throw new Error(`${words.join(" ")} ${why}:\n${stderr.slice(-2000)}${stdout.slice(-1000)}`);
  }
  return stdout;
}
