/** The agent: executed by its launcher within the target's user and network namespaces, with the control socket open. */
import { runAgent } from "./run.ts";

// Calls that hang in a dead file system keep their threads: nothing waits for them at the end.
Deno.exit(await runAgent(Deno.args));
