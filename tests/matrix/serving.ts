/** A program that serves: copies of the target's traffic, the traffic itself, and the same after a restart. */
import { eventually } from "../e2e/mirrord.ts";
import { brief, outcomeOf, type Outcomes } from "./outcome.ts";
import type { Place } from "./place.ts";
import { type Running, sendSignal } from "./process.ts";
import type { Serve, ServeOrder } from "./program.ts";
import { apps, exists } from "./provision/cache.ts";

const word = "local";
const anotherWord = "reloaded";
/** Development servers compile first. */
const answerTimeoutMs = 60_000;
const returnTimeoutMs = 10_000;
const graceMs = 8000;
/** Watchers look at the sources first; no developer edits sooner. */
const beforeEditMs = 1500;
const keepRunning = `${apps}/sh/keep_running.sh`;
/** Where the target's own instance of a program listens that speaks no HTTP. */
const ownInstancePort = 8083;

export async function serveOutcomes(place: Place, serve: Serve, folder: string): Promise<Outcomes> {
  const scene = await Stage.open(place, serve, folder);
  try {
    return {
      mirror: await outcomeOf(() => scene.mirror()),
      steal: await outcomeOf(() => scene.steal()),
      restart: await outcomeOf(() => serve.reload === undefined ? scene.restart() : scene.reload()),
    };
  } finally {
    await scene.close();
  }
}

class Stage {
  #runs = 0;
  /** Under mirrord, while it should run. */
  #server: Running | null = null;
  /** The target's own instance, of a program that is asked by a client of its own. */
  #own: Running | null = null;

  private constructor(
    private readonly place: Place,
    private readonly serve: Serve,
    private readonly folder: string,
  ) {}

  static async open(place: Place, serve: Serve, folder: string): Promise<Stage> {
    const stage = new Stage(place, serve, folder);
    if (serve.ask === undefined) return stage;
    const order = { ...await stage.#order(), port: ownInstancePort, word: place.ownAnswer };
    const { command, cwd } = await serve.command(order);
    stage.#own = place.inside(command, { cwd });
    await stage.#answers(place.ownAnswer);
    return stage;
  }

  async close(): Promise<void> {
    await this.#own?.stop(graceMs);
  }

  /** The target goes on answering, and the program sees a copy. */
  async mirror(): Promise<void> {
    const order = await this.#order();
    const server = await this.#start(order, []);
    await this.#during(server, async () => {
      const copied = async () => {
        const answer = await this.#ask();
        if (!answer.includes(this.place.ownAnswer)) throw new Error(`the target answers “${brief(answer)}”`);
        return (await seenBy(order)).length > 0;
      };
      if (!await this.#until(copied, answerTimeoutMs)) throw new Error("no copy arrived");
    });
  }

  /** The program answers; when it has ended, the target does. */
  async steal(): Promise<void> {
    const order = await this.#order();
    const server = await this.#start(order, ["--steal"]);
    await this.#during(server, async () => {
      await this.#answers(word);
      if ((await seenBy(order)).length === 0) throw new Error("it answered, but says it saw no request");
    });
    await this.#answers(this.place.ownAnswer, returnTimeoutMs);
  }

  /** In one session the program ends and is started again, as a supervisor does; its successor answers. */
  async restart(): Promise<void> {
    const order = await this.#order();
    const pids = `${order.folder}/pids`;
    const server = await this.#start(order, ["--steal"], ["sh", keepRunning, pids]);
    await this.#during(server, async () => {
      await this.#answers(word);
      const [first] = await pidsIn(pids);
      sendSignal(first!, "SIGTERM");
      const follows = async () => (await pidsIn(pids)).length === 2 && !await exists(`/proc/${first}`);
      if (!await eventually(follows, true, graceMs)) throw new Error("the program did not end on SIGTERM");
      await this.#answers(word);
      sendSignal((await pidsIn(pids))[1]!, "SIGTERM");
    });
    await this.#answers(this.place.ownAnswer, returnTimeoutMs);
  }

  /** A change of its source is answered at once. */
  async reload(): Promise<void> {
    const order = await this.#order();
    const server = await this.#start(order, ["--steal"]);
    await this.#during(server, async () => {
      await this.#answers(word);
      await new Promise((resolve) => setTimeout(resolve, beforeEditMs));
      await this.serve.reload!({ ...order, word: anotherWord });
      await this.#answers(anotherWord);
    });
    await this.#answers(this.place.ownAnswer, returnTimeoutMs);
  }

  async #order(): Promise<ServeOrder> {
    const folder = `${this.folder}/run-${++this.#runs}`;
    await Deno.mkdir(folder, { recursive: true });
    const port = this.serve.ask === undefined ? this.place.publicPort : ownInstancePort;
    return { port, word, folder, seen: `${folder}/seen` };
  }

  async #start(order: ServeOrder, flags: string[], prefix: string[] = []): Promise<Running> {
    const { command, env, cwd } = await this.serve.command(order);
    return this.#server = this.place.outside([...prefix, ...command], { flags, env, cwd });
  }

  /** Waits until it is so; not longer than the server lives. */
  async #until(isSo: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
    let so = false;
    const decided = async () => (so = await isSo()) || (this.#server?.hasEnded ?? false);
    await eventually(decided, true, timeoutMs);
    return so;
  }

  /** The server's last words say why, if what is done meanwhile fails. */
  async #during(server: Running, act: () => Promise<void>): Promise<void> {
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

  async #ask(): Promise<string> {
    const { ask } = this.serve;
    if (ask === undefined) return await this.place.get(this.place.publicPort);
    const { code, stdout, stderr } = await this.place.inside(ask(ownInstancePort)).end(20_000);
    if (code !== 0) throw new Error(brief(stderr));
    return stdout;
  }

  async #answers(expected: string, timeoutMs = answerTimeoutMs): Promise<void> {
    let last = "nothing";
    const answered = async () => {
      last = await this.#ask().catch((error: Error) => error.message);
      return last.includes(expected);
    };
    if (!await this.#until(answered, timeoutMs)) {
      throw new Error(`the port answers “${brief(last)}” instead of “${expected}”`);
    }
  }
}

async function seenBy({ seen }: ServeOrder): Promise<string> {
  return await Deno.readTextFile(seen).catch(() => "");
}

async function pidsIn(file: string): Promise<number[]> {
  return (await Deno.readTextFile(file)).trim().split("\n").map(Number);
}
