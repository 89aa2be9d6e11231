/** An agent as a process of this machine, in the namespaces of another process. */
import { connTunnel } from "../../protocol/link/tunnel.ts";
import type { Installation } from "../session/installation.ts";
import { endProcess, startAgentProcess } from "./agent_process.ts";
import type { RunningAgent } from "./renewable_agent.ts";
import { tokenHash, uniqueName } from "./token.ts";

export interface LocalAgentOptions {
  installation: Installation;
  pid: number;
  token: Uint8Array;
  /** Further variables of the agent. */
  env: Record<string, string>;
  startupTimeoutMs: number;
  onLine(line: string): void;
}

/** The agent with the name of the abstract socket it listens at. */
export interface LocalAgent extends RunningAgent {
  readonly socket: string;
}

/** @throws {MirrordError} */
export async function startLocalAgent(options: LocalAgentOptions): Promise<LocalAgent> {
  const { installation, pid, token, env, startupTimeoutMs } = options;
  const socket = uniqueName("mirrord-agent");
  const child = await startAgentProcess({
    command: [installation.launcher, "agent", "--pid", String(pid), "--listen", `@${socket}`],
    // Only what it needs: the variables of the user's program are none of its business.
    env: { ...searchPath(), ...runtime(installation), ...env, MIRRORD_AGENT_TOKEN_HASH: await tokenHash(token) },
    startupTimeoutMs,
    onLine: options.onLine,
    failure: `the agent for process ${pid} could not be started`,
    help:
      "The agent has to enter the process's namespaces: run mirrord as that process's user, or as root. From source, " +
      "its parts are built by ./dev build.",
  });
  return {
    socket,
    dial: async () => connTunnel(await Deno.connect({ transport: "unix", path: `\0${socket}` })),
    hasEnded: () => refuses(socket),
    stop: () => Promise.resolve(endProcess(child)),
  };
}

function searchPath(): Record<string, string> {
  const path = Deno.env.get("PATH");
  return path === undefined ? {} : { PATH: path };
}

/** The launcher becomes the Deno beside it, or the compiled file that carried it. */
function runtime({ compiled }: Installation): Record<string, string> {
  return compiled === null ? {} : { MIRRORD_COMPILED: compiled };
}

async function refuses(socket: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path: `\0${socket}` })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.NotFound;
  }
}
