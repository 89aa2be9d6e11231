/** A program that is given orders, a line each, and answers each with a line. */

export interface ProgramOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** The line it prints before it takes orders; null if there is none. */
  awaits?: string | null;
  /** To start, and for each answer. */
  timeoutMs?: number;
}

/** How long a program may take to end by itself. */
const endMs = 3_000;
const errorTextMax = 4096;

export class Program implements AsyncDisposable {
  readonly #command: string;
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #timeoutMs: number;
  readonly #complaining: Promise<void>;
  #complaint = "";

  private constructor(command: readonly string[], options: ProgramOptions) {
    this.#command = command.join(" ");
    this.#child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      env: options.env,
      cwd: options.cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#orders = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#complaining = this.#collectComplaint();
  }

  /** Resolves when it is ready; throws with what it wrote to stderr when it is not. */
  static async start(command: readonly string[], options: ProgramOptions = {}): Promise<Program> {
    const program = new Program(command, options);
    const { awaits = "ready" } = options;
    try {
      if (awaits === null) return program;
      const line = await program.line();
      if (line !== awaits) throw new Error(`${program.#command} said "${line}" instead of "${awaits}"`);
      return program;
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The next line it prints; throws when it ends or is silent for too long. */
  async line(): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      const error = new Error(`${this.#command}: no answer within ${this.#timeoutMs / 1000} s`);
      timer = setTimeout(() => reject(error), this.#timeoutMs);
    });
    try {
      const { value, done } = await Promise.race([this.#lines.next(), silence]);
      if (!done) return value;
    } finally {
      clearTimeout(timer);
    }
    await this.#complaining;
    throw new Error(`${this.#command} ended\n${this.#complaint.trim()}`);
  }

  /** Gives an order and returns its answer, parsed as JSON. */
  async ask<T>(order: string): Promise<T> {
    await this.#orders.write(new TextEncoder().encode(`${order}\n`));
    return JSON.parse(await this.line());
  }

  /** Ends it: by the end of its orders, by SIGTERM, at last by SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orders.close().catch(() => {});
    const timers = [
      setTimeout(() => this.#kill("SIGTERM"), endMs / 10),
      setTimeout(() => this.#kill("SIGKILL"), endMs),
    ];
    // What it still prints must not keep it.
    const draining = (async () => {
      for await (const _ of this.#lines) continue;
    })().catch(() => {});
    await this.#child.status;
    timers.forEach(clearTimeout);
    await Promise.all([draining, this.#complaining]);
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // it has ended
    }
  }

  async #collectComplaint(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaint = (this.#complaint + text).slice(-errorTextMax);
    }
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
