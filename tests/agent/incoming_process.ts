/** A program of these tests inside a namespace: a command is a line in, its answer a line of JSON out. */
import assert from "node:assert/strict";
import type { Spawner } from "./incoming_network.ts";

export interface Answer {
  result: unknown;
  /** How long the command took. */
  ms: number;
}

export class ScriptedProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #lines: string[] = [];
  #isKilled = false;

  /** `program`: a file beside this one. */
  constructor(where: Spawner, program: string, ...args: string[]) {
    const path = new URL(program, import.meta.url).pathname;
    this.#child = where.spawn(Deno.execPath(), "run", "-A", "--quiet", path, ...args);
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The next line that it prints. */
  async read(): Promise<Answer> {
    for (let text = ""; this.#lines.length === 0;) {
      const { value } = await this.#output.read();
      assert.ok(value !== undefined, "the process ended");
      text += value;
      if (text.endsWith("\n")) this.#lines = text.trim().split("\n");
    }
    return JSON.parse(this.#lines.shift()!);
  }

  async tell(...command: (string | number)[]): Promise<Answer> {
    await this.#input.write(new TextEncoder().encode(`${command.join(" ")}\n`));
    return await this.read();
  }

  async kill(): Promise<void> {
    if (this.#isKilled) return;
    this.#isKilled = true;
    this.#child.kill("SIGKILL");
    await Promise.all([this.#input.abort(), this.#output.cancel(), this.#child.status]);
  }
}
