/** `kubectl port-forward`: the way to a pod that everybody has, and so the anchor of many budgets. */
import { at, laptop, namespace, type Place, type Pod, userEnvironment } from "./cluster.ts";
import { Program } from "./program.ts";

export class Forward implements AsyncDisposable {
  private constructor(readonly program: Program, readonly port: number) {}

  /** Resolves when `port` of 127.0.0.1 leads to the pod's `remotePort`. */
  static async start(pod: Pod, remotePort: number, place: Place = laptop): Promise<Forward> {
    const command = ["kubectl", "-n", namespace, "port-forward", "--address=127.0.0.1", `pod/${pod.name}`];
    const program = await Program.start(at(place, [...command, `:${remotePort}`]), {
      env: userEnvironment,
      awaits: null,
    });
    const line = await program.line();
    const port = /^Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(line)?.[1];
    if (port !== undefined) return new Forward(program, Number(port));
    await program[Symbol.asyncDispose]();
    throw new Error(`kubectl port-forward said "${line}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}
