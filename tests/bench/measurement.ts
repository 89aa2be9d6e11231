/** What `main.ts` runs: a measurement gives one line of the table, or two where its budget has two bounds. */
import type { Result } from "./budget.ts";
import { BenchCluster, type Pod } from "./stage/cluster.ts";
import type { Program } from "./stage/program.ts";

export interface Measurement {
  /** As in docs/SPECIFICATION.md. */
  name: string;
  measure(stage: Stage): Promise<Result[]>;
}

/** What several measurements share, made when the first of them asks. */
export class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  #cluster: Promise<BenchCluster> | null = null;
  #session: Promise<Program> | null = null;

  async cluster(): Promise<BenchCluster> {
    return await (this.#cluster ??= BenchCluster.open().then((cluster) => this.#stack.use(cluster)));
  }

  /** A pod, and a `client` under mirrord that sees what it sees. */
  async session(): Promise<{ pod: Pod; client: Program }> {
    const cluster = await this.cluster();
    const pod = await cluster.pod("main");
    this.#session ??= cluster.session(pod).then((client) => this.#stack.use(client));
    return { pod, client: await this.#session };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
