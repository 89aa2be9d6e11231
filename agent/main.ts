/** The agent: executed by its launcher within the target's user and network namespaces, with the control socket open. */
import { Agent } from "./agent.ts";
import { logLine } from "./log.ts";
import { readSettings, type Settings } from "./settings.ts";

function settings(): Settings {
  try {
    return readSettings((name) => Deno.env.get(name));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`mirrord-agent: ${error.message}`);
    Deno.exit(2);
  }
}

/** Resolves with the name of the first signal that asks us to end. */
function stopSignal(): Promise<string> {
  const signals = ["SIGTERM", "SIGINT"] as const;
  return new Promise((resolve) => {
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve(signal));
  });
}

const agent = new Agent(settings());
Deno.addSignalListener("SIGUSR1", () => logLine(String(agent.metrics)));
// Calls that hang in a dead file system keep their threads: nothing waits for them at the end.
Deno.exit(await agent.run(stopSignal()));
