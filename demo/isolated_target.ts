/** Starts the target in user, network, mount and host-name namespaces of its own; needs no root where those are allowed. */
import { variable, variableValue } from "./scene.ts";

export class IsolatedTarget implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #lines: AsyncIterator<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = linesOf(child.stdout);
  }

  /** Resolves when the target serves. Throws, with the reason, where such namespaces are not allowed. */
  static async start(): Promise<IsolatedTarget> {
    const script = new URL("target.ts", import.meta.url).pathname;
    const namespaces = ["--user", "--map-root-user", "--net", "--mount", "--uts"];
    const child = new Deno.Command("unshare", {
      args: [...namespaces, Deno.execPath(), "run", "--quiet", "-A", script],
      env: { [variable]: variableValue },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const target = new IsolatedTarget(child);
    if (await target.#line() !== "ready") {
      throw new Error(
        "the target did not start: namespaces may be forbidden here (sysctl kernel.unprivileged_userns_clone)",
      );
    }
    return target;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What a client in the target's network gets from the target's public port. */
  async visit(): Promise<string> {
    await this.#writer.write(new TextEncoder().encode("visit\n"));
    return await this.#line();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    return done ? "" : value;
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
