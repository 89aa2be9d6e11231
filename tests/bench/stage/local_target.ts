/** A target on this machine: a `server` in a network of its own. */
import { mirrordFile } from "../../e2e/mirrord.ts";
import { compile } from "./apps.ts";
import { Program } from "./program.ts";

/** In the target's network alone. */
export const targetAddress = "10.98.0.1";

export class LocalTarget implements AsyncDisposable {
  private constructor(readonly program: Program) {}

  static async start(services: readonly string[] = []): Promise<LocalTarget> {
    const script = `ip link set lo up && ip address add ${targetAddress}/32 dev lo && exec "$0" "$@"`;
    const server = await compile("server");
    return new LocalTarget(await Program.start(["unshare", "--net", "sh", "-c", script, server, ...services]));
  }

  get pid(): number {
    return this.program.pid;
  }

  /** The start of a command line that runs the rest in the target's network. */
  get inside(): string[] {
    return ["nsenter", `--net=/proc/${this.pid}/ns/net`, "--"];
  }

  /** The command line of `mirrord exec` with this target. */
  exec(command: readonly string[]): string[] {
    return [mirrordFile, "exec", "-t", `process/${this.pid}`, "--", ...command];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
