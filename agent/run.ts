/** The life of an agent's process, from its command line to its exit code. */
import { Agent } from "./agent.ts";
import { configureLog, log } from "./log.ts";
import { parseOptions } from "./options.ts";
import { readSettings } from "./settings.ts";
import { StartError } from "./start_error.ts";

/** Serves until a signal comes or nobody needs it any more. `words`: the command line. Resolves with the exit code. */
export async function runAgent(words: readonly string[]): Promise<number> {
  surviveFailures();
  try {
    const settings = await readSettings((name) => Deno.env.get(name), parseOptions(words));
    configureLog(settings.log);
    const agent = new Agent(settings);
    Deno.addSignalListener("SIGUSR1", () => log.info(String(agent.metrics)));
    return await agent.run(stopSignal());
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(`mirrord-agent: ${error.message}`);
    return 2;
  }
}

/** Resolves with the name of the first signal that asks us to end. */
function stopSignal(): Promise<string> {
  const signals = ["SIGTERM", "SIGINT"] as const;
  return new Promise((resolve) => {
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve(signal));
  });
}

/** Nothing is known to end here; but one client's trouble must not end the sessions of the others. */
function surviveFailures(): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error(`a failure that nobody handled: ${event.reason instanceof Error ? event.reason.stack : event.reason}`);
  });
}
