/** The real agent, on the isolated target of the end-to-end tests. */
import { IsolatedTarget } from "../e2e/isolated_target.ts";
import { spawn } from "../e2e/mirrord.ts";
import type { Config, Stage, Started } from "./stage.ts";

const subscriptionLimitMs = 20_000;

/** The target's servers know HTTP only, and answer one word. */
function isTargetsOwn(answer: string): boolean {
  return answer === "" || answer.startsWith("HTTP/1.1 400") || answer.endsWith("target");
}

export class RealTarget implements Stage {
  readonly kind = "real";

  private constructor(readonly isolated: IsolatedTarget) {}

  static async start(): Promise<RealTarget> {
    return new RealTarget(await IsolatedTarget.start());
  }

  async spawn(command: string[], config: Config, env: Record<string, string> = {}): Promise<Started> {
    const folder = await Deno.makeTempDir({ prefix: "mirrord-rows-" });
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
    const flags = ["-f", `${folder}/config.json`];
    return { child: spawn(this.isolated.path, command, { flags, env, cwd: folder }), folder };
  }

  async exchange(port: number, text: string): Promise<string> {
    for (let waitedMs = 0; waitedMs < subscriptionLimitMs; waitedMs += 50) {
      const answer = await this.isolated.order<string>({ do: "exchange", port, text });
      if (!isTargetsOwn(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`port ${port} stays the target's own`);
  }

  async say(port: number, text: string): Promise<void> {
    await this.isolated.order<string>({ do: "exchange", port, text });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.isolated[Symbol.asyncDispose]();
  }
}
