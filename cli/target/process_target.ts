/** `process/PID`: a process of this machine. */
import { MirrordError } from "../error.ts";
import { agentEnvironment } from "./agent_environment.ts";
import type { TargetConnection, TargetEvents, TargetOptions } from "./connection.ts";
import { type LocalAgent, startLocalAgent } from "./local_agent.ts";
import { processState } from "./process_state.ts";
import { asTask } from "./progress.ts";
import { RenewableAgent } from "./renewable_agent.ts";
import { makeToken } from "./token.ts";

type Timer = ReturnType<typeof setInterval>;

const watchIntervalMs = 500;

export async function openProcessTarget(pid: number, options: TargetOptions): Promise<TargetConnection> {
  const startTicks = checkProcess(pid);
  const token = makeToken();
  let agent: LocalAgent | null = null;
  const renewable = new RenewableAgent(async () => {
    if (processState(pid)?.startTicks !== startTicks) throw new MirrordError(`process ${pid} has ended`);
    return agent = await startLocalAgent({
      installation: options.installation,
      pid,
      token,
      env: agentEnvironment(options.config.agent),
      startupTimeoutMs: options.config.agent.startup_timeout * 1000,
      onLine: options.onAgentLine,
    });
  });
  await asTask(options.progress, "starting the agent", () => renewable.ensure());
  let timer: Timer | undefined;
  return {
    token,
    dial: () => renewable.dial(),
    describe: () => `process/${pid}`,
    endInfo: () => ({ kind: "local", socket: agent!.socket }),
    watch: (events) => timer = watchProcess(pid, startTicks, events),
    async close(last) {
      clearInterval(timer);
      await renewable.close(last);
    },
  };
}

/** The start time of a process whose namespaces we may see; a recycled pid has another. */
function checkProcess(pid: number): number {
  const state = processState(pid);
  if (state === null) {
    throw new MirrordError(`there is no process ${pid}`, { help: "Find the process's number with `ps` or `pgrep`." });
  }
  if (state.isZombie) throw new MirrordError(`process ${pid} has ended`);
  if (!state.namespacesReadable) {
    throw new MirrordError(`process ${pid} belongs to user ${state.uid}, and this user may not look into it`, {
      help: "Run mirrord as the process's user, or as root (sudo -E mirrord …).",
    });
  }
  return state.startTicks;
}

function watchProcess(pid: number, startTicks: number, events: TargetEvents): Timer {
  const timer = setInterval(() => {
    const state = processState(pid);
    if (state?.startTicks === startTicks && !state.isZombie) return;
    clearInterval(timer);
    events.onGone(`process ${pid} has ended`);
  }, watchIntervalMs);
  return timer;
}
