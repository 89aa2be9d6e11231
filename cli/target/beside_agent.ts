/**
 * An agent as a container beside the target, in its network and process namespaces: for a user who may talk to the engine but
 * is not root on its machine, and for engines elsewhere.
 */
import type { EngineKind } from "../../config/target_path.ts";
import type { Installation } from "../session/installation.ts";
import { defaultAgentImage } from "../version.ts";
import { startAgentProcess } from "./agent_process.ts";
import { dialThroughEngine, engineCommand, type EngineRelay, inspectContainer } from "./engine.ts";
import { asTask, type Progress } from "./progress.ts";
import type { RunningAgent } from "./renewable_agent.ts";
import { tokenHash, uniqueName } from "./token.ts";

export interface BesideAgentOptions {
  engine: EngineKind;
  /** Id of the target's container. */
  container: string;
  /** Null for the image of this release. */
  image: string | null;
  token: Uint8Array;
  env: Record<string, string>;
  startupTimeoutMs: number;
  installation: Installation;
  progress: Progress;
  onLine(line: string): void;
}

export interface BesideAgent extends RunningAgent {
  readonly relay: EngineRelay;
}

const capabilities = ["NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN"];

/** @throws {MirrordError} */
export async function startBesideAgent(options: BesideAgentOptions): Promise<BesideAgent> {
  const { engine, image, startupTimeoutMs } = options;
  if (image === null) await ensureOwnImage(options);
  const relay: EngineRelay = { engine, container: uniqueName("mirrord-agent"), socket: uniqueName("mirrord-agent") };
  await startAgentProcess({
    // Not in the background: the engine's command shows us what the agent says.
    command: [engine, "run", ...await runArguments(options, relay)],
    env: null,
    startupTimeoutMs,
    onLine: options.onLine,
    failure: `${engine} could not start the agent beside the container`,
    help: `The agent's container needs the capabilities ${capabilities.join(", ")}, and its image ` +
      `(\`mirrord image load ${engine}\`, or agent.image).`,
  });
  return {
    relay,
    dial: () => Promise.resolve(dialThroughEngine(relay)),
    hasEnded: async () => !(await inspectContainer(engine, relay.container))?.running,
    async stop() {
      await engineCommand(engine, ["rm", "--force", relay.container]);
    },
  };
}

async function runArguments(options: BesideAgentOptions, relay: EngineRelay): Promise<string[]> {
  const env = { ...options.env, MIRRORD_AGENT_TOKEN_HASH: await tokenHash(options.token) };
  return [
    "--rm",
    `--name=${relay.container}`,
    "--label=app=mirrord",
    `--network=container:${options.container}`,
    `--pid=container:${options.container}`,
    "--user=0",
    ...capabilities.map((name) => `--cap-add=${name}`),
    ...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
    options.image ?? defaultAgentImage,
    "--ephemeral",
    "--listen",
    `@${relay.socket}`,
  ];
}

/** Our own image is made here and handed over; any other is the engine's to pull. */
async function ensureOwnImage({ engine, installation, progress }: BesideAgentOptions): Promise<void> {
  if ((await engineCommand(engine, ["image", "inspect", defaultAgentImage])).code === 0) return;
  await asTask(progress, `loading the agent's image into ${engine}`, async () => {
    const { loadImage } = await import("../image/load.ts");
    await loadImage(engine, installation, defaultAgentImage);
  });
}
