/** One row of the table of upstream tests: the same program, against a scripted agent and against the real one. */
import assert from "node:assert/strict";
import { RealTarget } from "./real_target.ts";
import { ScriptedTarget } from "./scripted_target.ts";
import type { Config, Stage } from "./stage.ts";
import type { Behaviour } from "../intproxy/fake_agent.ts";

/** What a program has done. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Row {
  /** The upstream test's name, as docs/upstream-tests.md has it. */
  name: string;
  command: () => Promise<string[]> | string[];
  config?: Config;
  env?: Record<string, string>;
  /** What the program prints, at both; or a look at it. */
  expected: string | ((ended: Ended, stage: Stage) => void);
  /** What the program may say on stderr; nothing by default. */
  complaints?: RegExp;
  /** The scripted agent's own answers. */
  script?: Behaviour;
  /** What the scripted agent was asked. */
  asked?: (target: ScriptedTarget) => void | Promise<void>;
  /** Plays the target's clients while the program runs; the program then ends by itself, or is told to. */
  drive?: (stage: Stage, running: Running) => Promise<void>;
}

/** A program that is not yet at its end. */
export class Running {
  /** What it has printed so far. */
  stdout = "";
  readonly #ended: Promise<Ended>;

  constructor(private readonly child: Deno.ChildProcess) {
    this.#ended = this.#follow();
  }

  /** Ends it, if it hasn't ended by itself. */
  stop(signal: Deno.Signal = "SIGTERM"): void {
    try {
      this.child.kill(signal);
    } catch {
      // It has.
    }
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  async #follow(): Promise<Ended> {
    const stderr = new Response(this.child.stderr).text();
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) this.stdout += text;
    return { code: (await this.child.status).code, stdout: this.stdout, stderr: await stderr };
  }
}

const limitMs = 60_000;

/** Registers both tests of a row. */
export function row(row: Row): void {
  Deno.test(`scripted agent: ${row.name}`, async () => {
    await using target = await ScriptedTarget.start(row.script);
    await play(row, target);
    await row.asked?.(target);
  });
  Deno.test(`real agent: ${row.name}`, async () => {
    await using target = await RealTarget.start();
    await play(row, target);
  });
}

async function play(row: Row, stage: Stage): Promise<void> {
  const command = await row.command();
  const { child, folder } = await stage.spawn(command, row.config ?? {}, row.env);
  const running = new Running(child);
  const timer = setTimeout(() => running.stop("SIGKILL"), limitMs);
  try {
    await row.drive?.(stage, running);
    const ended = await running.ended();
    assert.match(ended.stderr, row.complaints ?? /^$/);
    if (typeof row.expected !== "string") return row.expected(ended, stage);
    assert.equal(ended.stdout, row.expected);
    assert.equal(ended.code, 0);
  } finally {
    clearTimeout(timer);
    running.stop();
    await running.ended();
    await Deno.remove(folder, { recursive: true });
  }
}
