/** Starts the target of `target/main.ts` in namespaces of its own, and gives it orders. */
import { type Order } from "./target/orders.ts";
import { target } from "./target/scene.ts";

interface Answer {
  tag: number;
  value?: unknown;
  error?: string;
}

export class IsolatedTarget implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #waiting = new Map<number, (answer: Answer) => void>();
  #lastTag = 0;
  #reading: Promise<void>;
  #ready = Promise.withResolvers<void>();

  private constructor(child: Deno.ChildProcess, private readonly hasAllUsers: boolean) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** `hasAllUsers`: not only root, which takes root's rights to start. */
  static async start({ hasAllUsers = false } = {}): Promise<IsolatedTarget> {
    const users = hasAllUsers ? [] : ["--user", "--map-root-user"];
    const namespaces = [...users, "--net", "--mount", "--uts"];
    const script = new URL("target/main.ts", import.meta.url).pathname;
    const child = new Deno.Command("unshare", {
      args: [...namespaces, Deno.execPath(), "run", "--quiet", "-A", "--no-lock", script],
      env: { [target.variable]: target.value },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const self = new IsolatedTarget(child, hasAllUsers);
    await self.#ready.promise;
    return self;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What `mirrord -t` takes. */
  get path(): string {
    return `process/${this.pid}`;
  }

  /** What a shell says inside of it; rejects with what it complains about. */
  async shell(script: string): Promise<string> {
    const users = this.hasAllUsers ? [] : ["-U", "--preserve-credentials"];
    const args = ["-t", String(this.pid), "-m", ...users, "bash", "-c", script];
    const { stdout, stderr } = await new Deno.Command("nsenter", { args }).output();
    if (stderr.length > 0) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  }

  /** Does something in the target's network; rejects with the error that happened there. */
  async order<T>(order: Order): Promise<T> {
    const tag = ++this.#lastTag;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(tag, resolve));
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify({ tag, order })}\n`));
    const { value, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return value as T;
  }

  /** The text that the target's public port answers with. */
  get(port: number): Promise<string> {
    return this.order<string>({ do: "get", port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#child.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(JSON.parse(line));
    }
    this.#ready.reject(new Error("the target ended before it was ready: are user namespaces allowed here?"));
    for (const resolve of this.#waiting.values()) resolve({ tag: 0, error: "the target has ended" });
  }

  #take(message: Answer & { ready?: boolean }): void {
    if (message.ready) return this.#ready.resolve();
    this.#waiting.get(message.tag)?.(message);
    this.#waiting.delete(message.tag);
  }
}
