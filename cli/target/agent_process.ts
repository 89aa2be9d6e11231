/** Starting a program that becomes an agent, or that shows the output of one, and waiting until it says that it serves. */
import { MirrordError } from "../error.ts";

export interface AgentCommand {
  command: string[];
  /** Its whole environment; null for ours. */
  env: Record<string, string> | null;
  startupTimeoutMs: number;
  /** What it says once it serves, a line at a time; the session's log takes it. */
  onLine(line: string): void;
  /** The message when it doesn't come up, and what can be done then. */
  failure: string;
  help: string;
}

const readyLine = /^agent ready( - version \S+)?$/;
/** Enough of what a dying agent says to see why. */
const complaintLines = 40;
const lineLengthMax = 4096;
/** How long an agent that is ended, and its last words, may take. */
const lastWordsMs = 300;

/** Resolves when the agent serves. It outlives this process for as long as it has sessions. @throws {MirrordError} */
export async function startAgentProcess(agent: AgentCommand): Promise<Deno.ChildProcess> {
  const child = spawn(agent);
  const errors = keepTail(child.stderr);
  const output = linesOf(child.stdout);
  const ready = await within(agent.startupTimeoutMs, waitForReadyLine(output));
  if (ready !== true) {
    endProcess(child);
    await within(lastWordsMs, Promise.all([errors.ended, child.status]));
    const late = `it was not ready within ${agent.startupTimeoutMs / 1000} s`;
    throw new MirrordError(agent.failure, {
      cause: errors.text() || (ready === null ? late : "it ended"),
      help: agent.help,
    });
  }
  errors.handOver(agent.onLine);
  handOver(output, agent.onLine);
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

/** True when the line has come, false when the output ended without it. */
async function waitForReadyLine(output: AsyncIterator<string>): Promise<boolean> {
  for (;;) {
    const { value, done } = await output.next();
    if (done) return false;
    if (readyLine.test(value)) return true;
  }
}

async function handOver(output: AsyncIterator<string>, take: (line: string) => void): Promise<void> {
  for (let next = await output.next(); !next.done; next = await output.next()) take(next.value);
}

interface Tail {
  /** The last lines so far. */
  text(): string;
  ended: Promise<void>;
  /** What was kept, and all that comes, goes there from now on. */
  handOver(take: (line: string) => void): void;
}

function keepTail(output: ReadableStream<Uint8Array>): Tail {
  const kept: string[] = [];
  let take = (line: string) => {
    kept.push(line);
    if (kept.length > complaintLines) kept.shift();
  };
  return {
    text: () => kept.join("\n").trim(),
    ended: handOver(linesOf(output), (line) => take(line)),
    handOver(next) {
      take = next;
      kept.splice(0).forEach(next);
    },
  };
}

/** Ends with the stream. A line that is too long comes in pieces. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > lineLengthMax) {
      lines.push(rest);
      rest = "";
    }
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** The result, or null when it took too long. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), timeoutMs));
  return await Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
