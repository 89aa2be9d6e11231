/** `docker/NAME` and `podman/NAME`: a container of an engine. */
import type { EngineKind } from "../../config/target_path.ts";
import { MirrordError } from "../error.ts";
import { agentEnvironment } from "./agent_environment.ts";
import { type BesideAgent, startBesideAgent } from "./beside_agent.ts";
import type { TargetConnection, TargetEvents, TargetOptions } from "./connection.ts";
import type { EndInfo } from "./end_info.ts";
import { type ContainerState, inspectContainer } from "./engine.ts";
import { type LocalAgent, startLocalAgent } from "./local_agent.ts";
import { processState } from "./process_state.ts";
import { asTask, type Progress } from "./progress.ts";
import { RenewableAgent } from "./renewable_agent.ts";
import { makeToken } from "./token.ts";

const watchIntervalMs = 1000;
/** How long a container may be down before we believe that it won't come back. */
const restartPatienceMs = 30_000;

export async function openEngineTarget(
  engine: EngineKind,
  name: string,
  options: TargetOptions,
): Promise<TargetConnection> {
  const target = new EngineTarget(engine, name, options);
  await asTask(options.progress, "starting the agent", (task) => target.open(task));
  return target;
}

class EngineTarget implements TargetConnection {
  readonly token = makeToken();
  readonly #renewable: RenewableAgent;
  #container: ContainerState | null = null;
  #endInfo: EndInfo | null = null;
  #closed = false;

  constructor(readonly engine: EngineKind, readonly name: string, readonly options: TargetOptions) {
    this.#renewable = new RenewableAgent(() => this.#start(options.progress));
  }

  async open(progress: Progress): Promise<void> {
    this.#container = await this.#runningContainer();
    if (!isOurs(this.#container)) progress.info(`the agent runs as a container beside ${this.describe()}`);
    await this.#renewable.ensure();
  }

  dial = () => this.#renewable.dial();

  describe(): string {
    return `${this.engine}/${this.name}`;
  }

  endInfo(): EndInfo {
    return this.#endInfo!;
  }

  watch(events: TargetEvents): void {
    this.#follow(events).catch((error) => {
      if (!this.#closed) events.onGone(error.message);
    });
  }

  async close(last: boolean): Promise<void> {
    this.#closed = true;
    await this.#renewable.close(last);
  }

  async #start(progress: Progress): Promise<LocalAgent | BesideAgent> {
    this.#container = await this.#runningContainer();
    const { config: { agent }, installation, onAgentLine: onLine } = this.options;
    const startupTimeoutMs = agent.startup_timeout * 1000;
    const shared = { installation, token: this.token, env: agentEnvironment(agent), startupTimeoutMs, onLine };
    if (isOurs(this.#container)) {
      const local = await startLocalAgent({ ...shared, pid: this.#container.pid });
      this.#endInfo = { kind: "local", socket: local.socket };
      return local;
    }
    const { engine } = this;
    const container = this.#container.id;
    const beside = await startBesideAgent({ ...shared, engine, container, image: agent.image, progress });
    this.#endInfo = { kind: "engine", relay: beside.relay };
    return beside;
  }

  async #runningContainer(): Promise<ContainerState> {
    const found = await inspectContainer(this.engine, this.name);
    if (found === null) {
      throw new MirrordError(`${this.engine} has no container ${this.name}`, {
        help: `See \`${this.engine} ps --all\`.`,
      });
    }
    if (!found.running) {
      throw new MirrordError(`the container ${this.name} is not running: it is ${found.status}`, {
        help: `Start it with \`${this.engine} start ${this.name}\`.`,
      });
    }
    return found;
  }

  /** A restarted container has new namespaces: its agent is another one. */
  async #follow(events: TargetEvents): Promise<void> {
    while (!this.#closed) {
      await sleep(watchIntervalMs);
      const before = this.#container!;
      if (isOurs(before) && processState(before.pid) !== null) continue;
      const now = await this.#comesBack();
      if (this.#closed) return;
      if (now === null) return events.onGone(`the container ${this.name} has ended`);
      if (now.id === before.id && now.pid === before.pid) continue;
      this.#container = now;
      await this.#renewable.abandon();
      events.onMoved(this.describe());
    }
  }

  async #comesBack(): Promise<ContainerState | null> {
    const deadline = performance.now() + restartPatienceMs;
    while (performance.now() < deadline && !this.#closed) {
      const found = await inspectContainer(this.engine, this.name);
      if (found?.running) return found;
      await sleep(watchIntervalMs);
    }
    return null;
  }
}

/**
 * Whether the container's first process is one of this machine's whose namespaces we may enter. With an engine on another
 * machine, or in a virtual one, the number means nothing here, or another process.
 */
function isOurs({ id, pid }: ContainerState): boolean {
  if (!processState(pid)?.namespacesReadable) return false;
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cgroup`).includes(id);
  } catch {
    return false;
  }
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
