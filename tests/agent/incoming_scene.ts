/** A pod with a program, and the agent's incoming half in its network. */
import assert from "node:assert/strict";
import { TargetProgram } from "./incoming_lines.ts";
import { TestNetwork } from "./incoming_network.ts";
import { ScriptedProcess } from "./incoming_process.ts";
import { type LocalProgram, TestSession } from "./incoming_session.ts";

export const PORT = 8080;

export class Scene {
  readonly #socket = Deno.makeTempFileSync({ prefix: "mdn-" });
  readonly #sessions: TestSession[] = [];
  readonly network = new TestNetwork();
  readonly target: TargetProgram;
  agent!: ScriptedProcess;

  private constructor() {
    this.target = new TargetProgram(this.network.pod, PORT);
  }

  /**
   * `maker`: the way of diverting, the first that works unless told. `captureInterface`: where traffic is mirrored, everywhere
   * unless told.
   */
  static async run(body: (scene: Scene) => Promise<void>, maker = "", captureInterface?: string): Promise<void> {
    const scene = new Scene();
    try {
      Deno.removeSync(scene.#socket);
      scene.agent = new ScriptedProcess(
        scene.network.pod,
        "incoming_agent.ts",
        scene.#socket,
        maker,
        ...(captureInterface ? [captureInterface] : []),
      );
      assert.equal((await scene.agent.read()).result, "ready");
      await body(scene);
    } finally {
      for (const session of scene.#sessions) await session.end();
      await scene.agent?.kill();
      scene.target.close();
      scene.network.delete();
      await Deno.remove(scene.#socket).catch(() => {});
    }
  }

  async connect(holder: string, program: LocalProgram, leaseMs?: number): Promise<TestSession> {
    const session = await TestSession.connect(this.#socket, holder, program, leaseMs);
    this.#sessions.push(session);
    return session;
  }

  async counter(name: string): Promise<number> {
    return ((await this.agent.tell("counters")).result as Record<string, number>)[name];
  }
}

/** Waits until something is so, and answers how many milliseconds that took. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 2000,
): Promise<number> {
  const started = performance.now();
  while (!await condition()) {
    assert.ok(performance.now() - started < limitMs, `never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - started;
}
