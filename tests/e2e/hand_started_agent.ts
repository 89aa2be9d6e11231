/** An agent that is started as a person would, for `connect_tcp`. */
import { makeCertificate, type TestCertificate } from "../agent/support/certificate.ts";

const agentFile = new URL("../../dist/mirrord-agent", import.meta.url).pathname;
const readyTimeoutMs = 20_000;

export interface AgentOptions {
  targetPid: number;
  /** Serves in the clear. */
  withoutTls?: boolean;
}

/** An agent on loopback, with files for its clients in a folder that goes with it. */
export class HandStartedAgent implements AsyncDisposable {
  readonly token = "a token\tfor tests";
  #child: Deno.ChildProcess | null = null;
  #logging: Promise<void> | null = null;

  private constructor(readonly folder: string, readonly port: number, readonly certificate: TestCertificate) {}

  static async start({ targetPid, withoutTls = false }: AgentOptions): Promise<HandStartedAgent> {
    const certificate = await makeCertificate("agent.test");
    const self = new HandStartedAgent(await Deno.makeTempDir({ prefix: "mirrord-hand-" }), freePort(), certificate);
    await Deno.writeTextFile(`${self.folder}/token`, `${self.token}\n`);
    await Deno.writeTextFile(`${self.folder}/cert.pem`, certificate.cert);
    await Deno.writeTextFile(`${self.folder}/key.pem`, certificate.key);
    const tls = ["--tls-cert", `${self.folder}/cert.pem`, "--tls-key", `${self.folder}/key.pem`];
    const address = `127.0.0.1:${self.port}`;
    const options = ["--token-file", `${self.folder}/token`, "--stay", ...(withoutTls ? [] : tls)];
    self.#child = startAgent(["--pid", String(targetPid), "--listen", address, ...options]);
    self.#logging = self.#log(self.#child.stderr);
    await becomeReady(self.#child);
    return self;
  }

  /** The file for `mirrord exec -f`; `changes` go into its `connect_tcp`. */
  async configuration(changes: Record<string, unknown> = {}): Promise<string> {
    const connectTcp = {
      address: `127.0.0.1:${this.port}`,
      token_file: `${this.folder}/token`,
      ca_file: `${this.folder}/cert.pem`,
      ...changes,
    };
    const path = `${this.folder}/${crypto.randomUUID()}.json`;
    await Deno.writeTextFile(path, JSON.stringify({ connect_tcp: connectTcp }));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#child?.status;
    await this.#logging;
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Its log, in the folder: for people who look at a failed test. */
  async #log(errors: ReadableStream<Uint8Array>): Promise<void> {
    using file = await Deno.create(`${this.folder}/agent.log`);
    for await (const bytes of errors) await file.write(bytes);
  }
}

/** `dist/mirrord-agent` with these arguments. */
export function startAgent(args: string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(agentFile, { args, env, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
}

async function becomeReady(child: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), readyTimeoutMs);
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  clearTimeout(timer);
  await reader.cancel();
  const text = new TextDecoder().decode(value);
  if (!text.startsWith("agent ready")) throw new Error(`the agent does not come up: ${text}`);
}

export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
