/** The internal proxy as `exec` sees it: a detached process that takes its order and tells how far it is. */
import { MirrordError } from "../error.ts";
import type { Installation } from "./installation.ts";
import type { ProxyInput, ProxyMessage } from "./proxy_messages.ts";

/** What is kept of what the proxy writes to stderr before it has a log. */
const errorTextMax = 4096;
const lastWordsMs = 500;

export interface ProxyProcess {
  /** Gives the order; once. */
  send(input: ProxyInput): Promise<void>;
  /** Its messages, the last of which is `ready` or `error`. Ends early when the proxy dies. */
  messages(): AsyncGenerator<ProxyMessage>;
  /** What it wrote to stderr, asked when it has died. */
  errorText(): Promise<string>;
}

/**
 * Starts the proxy, which waits for its order, and ends when none comes. The launcher detaches it, so that the program,
 * which this process becomes, has no child that it doesn't know.
 *
 * A start that fails is told by `messages`, so that mistakes of the user are told first.
 */
export function startProxy(installation: Installation): ProxyProcess {
  let child: Deno.ChildProcess;
  try {
    child = spawn(installation);
  } catch (error) {
    return {
      send: () => Promise.resolve(),
      messages: () => failing(installation, error),
      errorText: () => Promise.resolve(""),
    };
  }
  const errors = collect(child.stderr);
  return {
    async send(input) {
      const writer = child.stdin.getWriter();
      try {
        await writer.write(new TextEncoder().encode(JSON.stringify(input) + "\n"));
        await writer.close();
      } catch {
        // It has ended; the missing answer says so.
      }
      // Reaped here: the program must find no dead child of ours.
      await child.status;
    },
    messages: () => jsonLines(child.stdout),
    async errorText() {
      // Whoever keeps the pipe open, such as a helper that the proxy started, is not waited for.
      await Promise.race([errors.end, new Promise((resolve) => setTimeout(resolve, lastWordsMs))]);
      return errors.text.trim();
    },
  };
}

function spawn(installation: Installation): Deno.ChildProcess {
  return new Deno.Command(installation.launcher, {
    args: ["detach", "--", ...installation.selfCommand, "intproxy"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

// deno-lint-ignore require-yield -- it has nothing to tell but the failure
async function* failing(installation: Installation, cause: unknown): AsyncGenerator<ProxyMessage> {
  throw new MirrordError(`a part of mirrord cannot be started: ${installation.launcher}`, {
    cause,
    help: "From source, build the parts first: ./dev build. Otherwise install mirrord again.",
  });
}

interface Collected {
  text: string;
  /** Resolves when the stream has ended. */
  end: Promise<void>;
}

function collect(stream: ReadableStream<Uint8Array>): Collected {
  const decoder = new TextDecoder();
  const collected: Collected = { text: "", end: Promise.resolve() };
  const read = async () => {
    for await (const chunk of stream) {
      collected.text = (collected.text + decoder.decode(chunk, { stream: true })).slice(-errorTextMax);
    }
  };
  collected.end = read().catch(() => {});
  return collected;
}

async function* jsonLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<ProxyMessage> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
}
