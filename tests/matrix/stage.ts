/** A server under test: its starts at a place, and what the target's port answers meanwhile. */
import { eventually } from "../e2e/mirrord.ts";
import { brief } from "./outcome.ts";
import type { Place } from "./place.ts";
import { type Running } from "./process.ts";
import type { Serve, ServeOrder } from "./program.ts";

export const word = "local";
export const graceMs = 8000;
/** Development servers compile first. */
const answerTimeoutMs = 60_000;
const returnTimeoutMs = 10_000;
/** Where the target's own instance of a program listens that speaks no HTTP. */
const ownInstancePort = 8083;
/** Where an instance listens that is run in the target, to see what it sees there. */
const insidePort = 8084;

export class Stage {
  #runs = 0;
  /** The one that answers, while it should run. */
  #server: Running | null = null;
  /** The target's own instance, of a program that is asked by a client of its own. */
  #own: Running | null = null;

  private constructor(
    readonly place: Place,
    readonly serve: Serve,
    private readonly folder: string,
  ) {}

  static async open(place: Place, serve: Serve, folder: string): Promise<Stage> {
    const stage = new Stage(place, serve, folder);
    if (serve.ask === undefined) return stage;
    const order = { ...await stage.order(), word: place.ownAnswer };
    stage.#own = await stage.#startInside(order);
    await stage.answers(place.ownAnswer);
    return stage;
  }

  async close(): Promise<void> {
    await this.#own?.stop(graceMs);
  }

  /** The port that the target's clients ask. */
  get port(): number {
    return this.serve.ask === undefined ? this.place.publicPort : ownInstancePort;
  }

  async order(): Promise<ServeOrder> {
    const folder = `${this.folder}/run-${++this.#runs}`;
    await Deno.mkdir(folder, { recursive: true });
    return { port: this.port, word, folder, seen: `${folder}/seen` };
  }

  /** Starts it under mirrord. */
  async start(order: ServeOrder, flags: string[], options: StartOptions = {}): Promise<Running> {
    const { command, env, cwd } = await this.serve.command(order);
    const words = [...options.prefix ?? [], ...command];
    return this.#server = this.place.outside(words, { flags, env: { ...env, ...options.settings }, cwd });
  }

  /** Starts it in the target, on a port that nobody has there; returns what that port is. */
  async startInside(order: ServeOrder): Promise<{ server: Running; port: number }> {
    return { server: this.#server = await this.#startInside({ ...order, port: insidePort }), port: insidePort };
  }

  /** Waits until it is so; not longer than the server lives. */
  async until(isSo: () => Promise<boolean>, timeoutMs = answerTimeoutMs): Promise<boolean> {
    let so = false;
    const decided = async () => (so = await isSo()) || (this.#server?.hasEnded ?? false);
    await eventually(decided, true, timeoutMs);
    return so;
  }

  /** The server's last words say why, if what is done meanwhile fails. */
  async during(server: Running, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await server.stop(graceMs);
      this.#server = null;
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message}; it says: ${brief(server.output)}`);
    }
    const { late } = await server.stop(graceMs);
    this.#server = null;
    if (late) throw new Error(`it did not end within ${graceMs / 1000} s of SIGTERM`);
  }

  /** What a port of the target's answers to one of its clients. */
  async ask(port = this.port): Promise<string> {
    const { ask } = this.serve;
    if (ask === undefined) return await this.place.get(port);
    const { code, stdout, stderr } = await this.place.inside(ask(port)).end(20_000);
    if (code !== 0) throw new Error(brief(stderr));
    return stdout;
  }

  /** Waits until the answer holds a text, and returns all of it. */
  async answers(expected: string, options: { timeoutMs?: number; port?: number } = {}): Promise<string> {
    let last = "nothing";
    const answered = async () => {
      last = await this.ask(options.port).catch((error: Error) => error.message);
      return last.includes(expected);
    };
    if (await this.until(answered, options.timeoutMs)) return last;
    throw new Error(`the port answers “${brief(last)}” instead of “${expected}”`);
  }

  /** Once the program has ended, the target answers again. */
  async returned(): Promise<void> {
    await this.answers(this.place.ownAnswer, { timeoutMs: returnTimeoutMs });
  }

  async #startInside(order: ServeOrder): Promise<Running> {
    const { command, env = {}, cwd } = await this.serve.command(order);
    const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return this.place.inside(["env", ...assignments, ...command], { cwd });
  }
}

export interface StartOptions {
  /** Words before the server's command. */
  prefix?: string[];
  /** Variables that set mirrord's own options. */
  settings?: Record<string, string>;
}
