/** Starting a program that becomes an agent, or that shows the output of one, and waiting until it says that it serves. */
import { MirrordError } from "../error.ts";

export interface AgentCommand {
  command: string[];
  /** Its whole environment; null for ours. */
  env: Record<string, string> | null;
  startupTimeoutMs: number;
  /** The message when it doesn't come up, and what can be done then. */
  failure: string;
  help: string;
}

const readyLine = /^agent ready( - version \S+)?$/m;
/** Enough of what a dying agent says to see why. */
const complaintLength = 4096;
/** How long the last words of an agent that has ended may take. */
const lastWordsMs = 300;

/** Resolves when the agent serves. It outlives this process for as long as it has sessions. @throws {MirrordError} */
export async function startAgentProcess(agent: AgentCommand): Promise<Deno.ChildProcess> {
  const child = spawn(agent);
  const errors = keepTail(child.stderr);
  const ready = await within(agent.startupTimeoutMs, waitForReadyLine(child.stdout));
  if (ready !== true) {
    endProcess(child);
    await within(lastWordsMs, errors.ended);
    const late = `it was not ready within ${agent.startupTimeoutMs / 1000} s`;
    throw new MirrordError(agent.failure, {
      cause: errors.text() || (ready === null ? late : "it ended"),
      help: agent.help,
    });
  }
  child.unref();
  return child;
}

export function endProcess(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended.
  }
}

function spawn({ command: [program, ...args], env, failure, help }: AgentCommand): Deno.ChildProcess {
  const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  try {
    return new Deno.Command(program!, { args, clearEnv: env !== null, env: env ?? {}, ...streams }).spawn();
  } catch (cause) {
    throw new MirrordError(failure, { cause, help });
  }
}

/** True when the line has come, false when the output ended without it. What comes later is read and dropped. */
async function waitForReadyLine(output: ReadableStream<Uint8Array>): Promise<boolean> {
  const reader = output.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!readyLine.test(text)) {
    const { value, done } = await reader.read();
    if (done) return false;
    text = (text + value).slice(-complaintLength);
  }
  drain(reader);
  return true;
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done) continue;
}

function keepTail(output: ReadableStream<Uint8Array>): { text(): string; ended: Promise<void> } {
  let text = "";
  const collect = async () => {
    for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
      text = (text + chunk).slice(-complaintLength);
    }
  };
  return { text: () => text.trim(), ended: collect() };
}

/** The result, or null when it took too long. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), timeoutMs));
  return await Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
