/** Where a program is taken: a target, with the means to see what the same program sees inside it. */
import { IsolatedTarget } from "../e2e/isolated_target.ts";
import { eventually, mirrordFile, quietEnv } from "../e2e/mirrord.ts";
import { address, privatePort, publicPort, target } from "../e2e/target/scene.ts";
import { type Running, start } from "./process.ts";

/** What there is to see in a target. */
export interface Scene {
  variable: string;
  value: string;
  file: string;
  content: string;
  folder: string;
  entries: string[];
  /** A service by its name, which only the target can resolve. */
  name: string;
  /** The same service by a name that the target's name server knows, too. */
  nameInDns: string;
  address: string;
  /** It answers HTTP here. */
  port: number;
  /** Stands in its answer. */
  answer: string;
  /** New files go here. */
  newFolder: string;
}

export interface Place extends AsyncDisposable {
  scene: Scene;
  /** This port of the target's is served by the target itself, which answers with `ownAnswer` in the text. */
  publicPort: number;
  ownAnswer: string;
  /** Starts a command as the target itself would. */
  inside(command: string[], options?: { cwd?: string }): Running;
  /** Starts a service in the target's network, with the rights of this machine's root. */
  beside(command: string[], options?: { cwd?: string }): Running;
  /** Starts it under mirrord. */
  outside(command: string[], options?: OutsideOptions): Running;
  /** One HTTP request to the target's port, from a client of the target's. */
  get(port: number): Promise<string>;
  /** The content of a file in the target, `null` if there is none. */
  content(path: string): Promise<string | null>;
  /** Without what differs between two runs, as the number of a client's port. */
  stable(text: string): string;
}

export interface OutsideOptions {
  flags?: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/** In the target only: what a program writes past mirrord is not taken for the target's, and leaves nothing here. */
const newFolder = "/srv/new";

/** A process in namespaces of its own on this machine; the user's side has a network of its own, too, whose ports are free. */
export class ProcessPlace implements Place {
  readonly scene: Scene = {
    variable: target.variable,
    value: target.value,
    file: target.file,
    content: target.content,
    folder: target.directory,
    entries: [...target.entries, "below"].sort(),
    name: target.serviceName,
    nameInDns: "db.e2e.internal",
    address,
    port: privatePort,
    answer: target.serviceAnswer,
    newFolder,
  };
  readonly publicPort = publicPort;
  readonly ownAnswer = "target";

  private constructor(private readonly isolated: IsolatedTarget, private readonly network: Running) {}

  static async start(): Promise<ProcessPlace> {
    const network = start(["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"]);
    if (!await eventually(() => Promise.resolve(network.output.includes("ready")), true)) {
      throw new Error(`no network for the user's side: ${network.output}`);
    }
    const isolated = await IsolatedTarget.start();
    await Deno.mkdir(`/proc/${isolated.pid}/root${newFolder}`);
    return new ProcessPlace(isolated, network);
  }

  inside(command: string[], options: { cwd?: string } = {}): Running {
    const namespaces = ["--user", "--net", "--mount", "--uts", "--preserve-credentials"];
    const words = ["nsenter", "--target", String(this.isolated.pid), ...namespaces, `--wdns=${options.cwd ?? "/"}`];
    const env = { [target.variable]: target.value, NODE_EXTRA_CA_CERTS: "" };
    return start([...words, ...command], { env });
  }

  beside(command: string[], options: { cwd?: string } = {}): Running {
    const words = [
      "nsenter",
      "--target",
      String(this.isolated.pid),
      "--net",
      "--mount",
      `--wdns=${options.cwd ?? "/"}`,
    ];
    return start([...words, ...command]);
  }

  outside(command: string[], options: OutsideOptions = {}): Running {
    const words = [mirrordFile, "exec", "-t", this.isolated.path, ...options.flags ?? [], "--", ...command];
    return start(["nsenter", `--net=/proc/${this.network.pid}/ns/net`, ...words], {
      env: { ...quietEnv, ...options.env },
      cwd: options.cwd ?? "/",
    });
  }

  get(port: number): Promise<string> {
    return this.isolated.order<string>({ do: "get", port, timeoutMs: 20_000 });
  }

  content(path: string): Promise<string | null> {
    return Deno.readTextFile(`/proc/${this.isolated.pid}/root${path}`).catch(() => null);
  }

  stable(text: string): string {
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.isolated[Symbol.asyncDispose]();
    await this.network.stop(1000);
  }
}
