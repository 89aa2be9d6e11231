/** The agent: executed by its launcher within the target's user and network namespaces, with the control socket open. */
import { Agent } from "./agent.ts";
import { logLine } from "./log.ts";
import { parseOptions } from "./options.ts";
import { readSettings } from "./settings.ts";
import { StartError } from "./start_error.ts";

/** Resolves with the name of the first signal that asks us to end. */
function stopSignal(): Promise<string> {
  const signals = ["SIGTERM", "SIGINT"] as const;
  return new Promise((resolve) => {
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve(signal));
  });
}

async function serve(): Promise<number> {
  const agent = new Agent(await readSettings((name) => Deno.env.get(name), parseOptions(Deno.args)));
  Deno.addSignalListener("SIGUSR1", () => logLine(String(agent.metrics)));
  return await agent.run(stopSignal());
}

/** The exit code of an agent that was told something it cannot do. */
function refuse(error: unknown): number {
  if (!(error instanceof StartError)) throw error;
  console.error(`mirrord-agent: ${error.message}`);
  return 2;
}

// Nothing is known to end here; but one client's trouble must not end the sessions of the others.
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  logLine(`a failure that nobody handled: ${event.reason instanceof Error ? event.reason.stack : event.reason}`);
});

// Calls that hang in a dead file system keep their threads: nothing waits for them at the end.
Deno.exit(await serve().catch(refuse));
