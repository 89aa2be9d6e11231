/**
 * `mirrord intproxy` (hidden): the process around the internal proxy. It has left the caller's terminal, takes its order from
 * stdin, tells its progress on stdout, and lets go of the standard streams as soon as the session is up.
 */
import { MirrordError, shownError } from "../error.ts";
import type { ProxyInput, ProxyMessage, Report } from "../session/proxy_messages.ts";
import { leaveSession, pointDescriptor } from "../system/process.ts";
import { version } from "../version.ts";

const inputMax = 16 << 20;

export async function runProxyProcess(): Promise<void> {
  // The launcher has done this already; by hand (`echo … | mirrord intproxy`) it makes the proxy survive its terminal.
  leaveSession();
  const [input, modules] = await Promise.all([readInput(), import("../intproxy/main.ts")]);
  if (input === null) return;
  if (!input.config.use_proxy) forgetProxies();
  const reporter = new Reporter();
  try {
    if (input.version !== version) throw new MirrordError(`exec is version ${input.version}, the proxy is ${version}`);
    await modules.runProxy(input, reporter.report);
  } catch (error) {
    reporter.failed(error);
  }
  // Whatever is left open must not keep the process alive.
  Deno.exit(reporter.hasFailed ? 1 : 0);
}

/** One line of JSON; null when the caller ended without an order. */
async function readInput(): Promise<ProxyInput | null> {
  let text = "";
  for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.length > inputMax) return null;
    if (text.includes("\n")) return JSON.parse(text.slice(0, text.indexOf("\n")));
  }
  return null;
}

/** Kubernetes is reached directly, whatever the user's proxies are. */
function forgetProxies(): void {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]) {
    Deno.env.delete(name);
  }
}

/** Writes messages until the last one, after which stdout belongs to nobody. */
class Reporter {
  hasFailed = false;
  #isOver = false;

  readonly report: Report = (message) => {
    if (this.#isOver) return;
    this.#write(message);
    if (message.type !== "ready" && message.type !== "error") return;
    this.#isOver = true;
    this.hasFailed = message.type === "error";
    // The user's program has the same pipes or terminal: nothing of ours may appear there, nor be read.
    for (const fd of [0, 1, 2]) pointDescriptor(fd, null);
  };

  failed(error: unknown): void {
    const { message, causes, help } = shownError(error);
    this.report({ type: "error", message: [message, ...causes].join(": "), help });
    this.hasFailed = true;
  }

  #write(message: ProxyMessage): void {
    const bytes = new TextEncoder().encode(JSON.stringify(message) + "\n");
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
    } catch {
      // The caller has gone; its pid tells the proxy to end.
    }
  }
}
