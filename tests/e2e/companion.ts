/** One user's session: a program that answers a port of the target in its place, and talks to a service of the target. */
import assert from "node:assert/strict";
import type { IsolatedTarget } from "./isolated_target.ts";
import { eventually, spawn } from "./mirrord.ts";
import { linesOf } from "./program_output.ts";
import { agentsOf, leftoversAfter, type RunningSession, sessionOf } from "./running_session.ts";
import { address, echoPort } from "./target/scene.ts";

const program = new URL("../apps/python/companion.py", import.meta.url).pathname;
const request = "GET / HTTP/1.1\r\n\r";
const askEveryMs = 50;

/** How the connections that were open from the start have fared. */
export interface Fortune {
  /** Answers on the stolen connection, and exchanges over the outgoing one. */
  answers: number;
  exchanges: number;
  longestMs: number;
  /** What went wrong with either. */
  losses: string[];
}

export class Companion implements AsyncDisposable {
  readonly fortune: Fortune = { answers: 0, exchanges: 0, longestMs: 0, losses: [] };
  readonly stderr: Promise<string>;
  #over = false;
  #watching: Promise<unknown>;

  private constructor(
    readonly user: string,
    readonly port: number,
    readonly isolated: IsolatedTarget,
    readonly child: Deno.ChildProcess,
    readonly session: RunningSession,
    readonly agentPid: number,
    /** The connection that is open from the start. */
    private readonly connection: number,
  ) {
    this.stderr = new Response(child.stderr).text();
    this.#watching = Promise.all([this.#listen(), this.#ask()]);
  }

  /** Resolves when the user's program answers the port. */
  static async start(user: string, isolated: IsolatedTarget, port: number): Promise<Companion> {
    const others = agentsOf(isolated.pid);
    const child = spawnAs(user, isolated, port);
    const session = await sessionOf(child.pid);
    await eventually(() => isolated.get(port), user);
    const own = agentsOf(isolated.pid).filter((pid) => !others.includes(pid));
    assert.equal(own.length, 1, "one agent more");
    const { id } = await isolated.order<{ id: number }>({ do: "open", port });
    return new Companion(user, port, isolated, child, session, own[0]!, id);
  }

  /** The fortune of the next while. */
  async over(ms: number): Promise<Fortune> {
    await this.#count();
    const before = { ...this.fortune };
    await new Promise((resolve) => setTimeout(resolve, ms));
    await this.#count();
    const { answers, exchanges } = this.fortune;
    return { ...this.fortune, answers: answers - before.answers, exchanges: exchanges - before.exchanges };
  }

  /** A request on a connection of its own. */
  get(): Promise<string> {
    return this.isolated.order({ do: "get", port: this.port, timeoutMs: 1000 });
  }

  /** Ends the program, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    kill(this.child, "SIGTERM");
    await this.child.status;
    await this.#watching;
  }

  /** What is left of the session after a while; its agent may serve others yet. */
  leftovers(): Promise<string[]> {
    return leftoversAfter(this.session, null, 5000);
  }

  async #ask(): Promise<void> {
    const id = this.connection;
    try {
      while (!this.#over) {
        const started = performance.now();
        const answer = await this.isolated.order<string>({ do: "say", id, text: request });
        assert.match(answer, new RegExp(`${this.user}$`));
        this.fortune.answers++;
        this.fortune.longestMs = Math.max(this.fortune.longestMs, performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, askEveryMs));
      }
    } catch (error) {
      this.fortune.losses.push(`stolen: ${error instanceof Error ? error.message : error}`);
    }
    await this.isolated.order({ do: "close", id });
  }

  async #listen(): Promise<void> {
    for await (const { exchanges, lost } of linesOf<{ exchanges?: number; lost?: string }>(this.child.stdout)) {
      if (lost !== undefined) this.fortune.losses.push(`outgoing: ${lost}`);
      if (exchanges !== undefined) this.#counted(exchanges);
    }
    this.#counted(this.fortune.exchanges);
  }

  #counted: (exchanges: number) => void = () => {};

  async #count(): Promise<void> {
    const counted = new Promise<number>((resolve) => this.#counted = resolve);
    this.child.kill("SIGUSR1");
    this.fortune.exchanges = await counted;
  }
}

function spawnAs(user: string, isolated: IsolatedTarget, port: number): Deno.ChildProcess {
  const words = [address, echoPort, port, user].map(String);
  return spawn(isolated.path, ["python3", program, ...words], { flags: ["--steal"], env: { USER: user } });
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // it has ended
  }
}
