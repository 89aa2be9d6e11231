/** The real agent as a process of its own, and sessions with it. */
import { connectSession, connTunnel, type Session } from "../../../protocol/link/mod.ts";

export interface TestAgent extends AsyncDisposable {
  pid: number;
  token: Uint8Array<ArrayBuffer>;
  /** Everything it wrote to its standard error so far. */
  log(): string;
  /** A new session of a client of its own. */
  connect(holder?: string): Promise<Session>;
  kill(signal: Deno.Signal): void;
  readonly exited: Promise<Deno.CommandStatus>;
}

export interface TestAgentOptions {
  /** The target's process, as this machine sees it; none for targetless. */
  pid?: number;
  variables?: Record<string, string>;
}

const main = new URL("../../../agent/main.ts", import.meta.url).pathname;
const launch = new URL("./launch.ts", import.meta.url).pathname;
/** As the launcher starts it. */
const heapFlags = "--v8-flags=--max-semi-space-size=4,--optimize-for-size";
let agents = 0;

/** Resolves when the agent says that it is ready. */
export async function startAgent(options: TestAgentOptions = {}): Promise<TestAgent> {
  const name = `mirrord-agent-test-${Deno.pid}-${++agents}`;
  const token = crypto.getRandomValues(new Uint8Array(16));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", launch, name, `${options.pid ?? "-"}`, Deno.execPath(), "run", "-A", heapFlags, main],
    env: { ...await variablesFor(token, options.pid), ...options.variables },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let log = "";
  const logged = process.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({ write: (text) => void (log += text) }),
  );
  const output = process.stdout.pipeThrough(new TextDecoderStream());
  const exited = process.status;
  const ready = await firstText(output);
  if (!/^agent ready - version \d+\.\d+\.\d+\n$/.test(ready)) {
    await exited;
    throw new Error(`the agent is not ready: "${ready}"\n${log}`);
  }
  return {
    pid: process.pid,
    token,
    exited,
    log: () => log,
    kill: (signal) => process.kill(signal),
    connect: (holder = "user@host") =>
      connectSession({
        dial: async () => connTunnel(await Deno.connect({ transport: "unix", path: `\0${name}` })),
        token,
        holder,
      }),
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await Promise.all([exited, logged]);
    },
  };
}

async function variablesFor(token: Uint8Array<ArrayBuffer>, pid: number | undefined): Promise<Record<string, string>> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", token)).toHex();
  const common = { MIRRORD_AGENT_TOKEN_HASH: hash, DENO_NO_UPDATE_CHECK: "1" };
  if (pid === undefined) return { ...common, MIRRORD_AGENT_MODE: "targetless" };
  return { ...common, MIRRORD_AGENT_MODE: "targeted", MIRRORD_AGENT_TARGET_PID: `${pid}` };
}

async function firstText(output: ReadableStream<string>): Promise<string> {
  const reader = output.getReader();
  const { value = "" } = await reader.read();
  void reader.cancel();
  return value;
}
