/** The life of the internal proxy, in order: open the target, connect to the agent, serve layers, clean up. */
import { encodeConfigFile } from "../../protocol/layer/config_file.ts";
import { MirrordError } from "../error.ts";
import { advertise } from "../session/advertisement.ts";
import { removeOldVersions } from "../session/old_versions.ts";
import type { RunProxy } from "../session/proxy_messages.ts";
import type { TargetConnection } from "../target/connection.ts";
import { openTarget } from "../target/open.ts";
import { reportedProgress } from "../target/progress.ts";
import type { CompiledPathRules } from "../rules/path_rules.ts";
import { connectAgent, type ConnectedAgent } from "./connect_agent.ts";
import { mountStreamed } from "./files/streaming/mount.ts";
import type { FuseDevice } from "../system/fuse_device.ts";
import { endProcesses } from "./processes.ts";
import { type LayerParts, placeParts } from "./layer_parts.ts";
import { layerConfig, pathRules, type RuleFacts, sessionRules } from "./rules.ts";
import { ProxySession } from "./session.ts";
import { setStage, type Stage } from "./stage.ts";

/** What cannot be cleaned up by then (a cluster that does not answer) is left behind. */
const cleanupTimeoutMs = 30_000;

/** Runs a session from its order to its end; see `RunProxy`. */
export const runProxy: RunProxy = async (input, report) => {
  await using cleanup = new AsyncDisposableStack();
  const stage = setStage(input, report, cleanup);
  const limit = stage.ended.then(() => setTimeout(() => Deno.exit(1), cleanupTimeoutMs));
  stage.log.info(`session ${input.sessionId} of ${input.holder}: ${input.program.argv.join(" ")}`);
  const facts = ruleFacts(stage);
  // The agent takes its time to start: meanwhile the rules are compiled.
  const opening = open(stage);
  const [target, paths, streamedDevice] = await Promise.all([
    opening,
    Promise.resolve().then(() => pathRules(input.config, facts)),
    mount(stage),
  ]);
  if (stage.isEnding) return;
  stage.log.info(`the target is open: ${target.describe()}`);
  const agent = await beforeEnd(stage, connectAgent(stage, target));
  if (agent === null) return;
  const parts = placeParts(input.installation, [stage.folder.path, stage.folder.secondPath]);
  const { session, ...layer } = serveLayers(stage, agent, { paths, facts, parts, streamedDevice });
  announce(stage, target);
  report({
    type: "ready",
    pid: Deno.pid,
    remoteEnvironment: agent.variables,
    layer: { ...layer, ...parts },
    target: target.describe(),
    logPath: stage.logPath,
  });
  stage.isReady = true;
  stage.log.info("ready");
  const reason = await stage.ended;
  if (reason !== null) await endProcesses(stage.lifetime.processes(), reason, stage.poller);
  // What programs have written may have to wait for a tunnel, as long as the agent keeps the session.
  clearTimeout(await limit);
  await session.save();
  setTimeout(() => Deno.exit(1), cleanupTimeoutMs);
  tidyVersions(stage);
};

/** Another session that ends may do the same at the same time: what it has not removed, the next one will. */
function tidyVersions({ input, log }: Stage): void {
  try {
    removeOldVersions(input.installation.home);
  } catch (error) {
    log.info(`old versions of mirrord could not be removed: ${error}`);
  }
}

/** What `work` brings, or null when the program has ended meanwhile. Throws when the session cannot go on. */
function beforeEnd<T>(stage: Stage, work: Promise<T>): Promise<T | null> {
  const ended = stage.ended.then((reason) => {
    if (reason !== null) throw new MirrordError(reason);
    return null;
  });
  return Promise.race([work, ended]);
}

function ruleFacts({ input, temporaryFolder }: Stage): RuleFacts {
  return {
    home: input.home,
    cwd: input.cwd,
    executable: input.program.path,
    temporaryFolder,
    searchPath: (Deno.env.get("PATH") ?? "").split(":"),
    debuggerPorts: Deno.env.get("MIRRORD_IGNORE_DEBUGGER_PORTS"),
  };
}

/** The target is closed at the end, even when nobody waits for it to open any more. */
function open(stage: Stage): Promise<TargetConnection> {
  const { config, installation, home } = stage.input;
  const progress = reportedProgress(stage.report);
  const onAgentLine = (line: string) => stage.log.foreign(line);
  const opening = openTarget({ config, installation, home, progress, onAgentLine });
  stage.cleanup.defer(() => opening.then((target) => target.close(!stage.hadSession), () => {}));
  return opening;
}

/** What large files are served through; null where it can't be had. */
async function mount({ input, poller, log, cleanup }: Stage): Promise<FuseDevice | null> {
  if (input.config.feature.fs.mode === "local") return null;
  const device = await mountStreamed(input.installation.launcher, poller, log);
  cleanup.defer(() => device?.close());
  return device;
}

interface Prepared {
  paths: CompiledPathRules;
  facts: RuleFacts;
  parts: LayerParts;
  streamedDevice: FuseDevice | null;
}

/** Lets layers in; returns what they must know. */
function serveLayers(
  stage: Stage,
  { link, description }: ConnectedAgent,
  { paths, facts, parts, streamedDevice }: Prepared,
): { address: string; configPath: string; session: ProxySession } {
  const { input, folder, poller, log, cleanup, lifetime, socketName } = stage;
  const rules = sessionRules(input.config, facts, paths.decide, description.incomingUnavailable === null);
  if (description.incomingUnavailable !== null && input.config.feature.network.incoming.mode !== "off") {
    const text = `incoming traffic cannot be had: ${description.incomingUnavailable}`;
    if (description.targetPid === null) log.info(text);
    else stage.warn(text);
  }
  const secret = crypto.getRandomValues(new Uint8Array(16));
  const session = new ProxySession({
    ...{ socketName, secret, rules, link, poller, log, streamedDevice },
    shadowFolder: folder.shadowFolder,
    warn: stage.warn,
    onWriting: (isWriting) => folder.tellWriting(isWriting),
    onJoined: (pid) => lifetime.joined(pid),
    onLayers: (count) => lifetime.layersChanged(count),
  });
  cleanup.defer(() => session.close());
  const config = layerConfig(input.config, rules, {
    table: paths.table,
    parts,
    shadowFolder: folder.shadowFolder,
    streamedDevice: streamedDevice?.deviceNumber ?? 0n,
    hostname: description.hostname,
  });
  const configPath = folder.writeLayerConfig(encodeConfigFile(config));
  return { address: `@${socketName}:${secret.toHex()}`, configPath, session };
}

/** Lets `mirrord status` and `mirrord stop` find the session. */
function announce(stage: Stage, target: TargetConnection): void {
  const { input, log, cleanup } = stage;
  const startedMs = Date.now();
  const info = () => ({
    id: input.sessionId,
    version: input.version,
    target: target.describe(),
    command: input.program.argv,
    programPid: input.pid,
    proxyPid: Deno.pid,
    startedMs,
    holder: input.holder,
    logPath: stage.logPath,
  });
  try {
    const advertisement = advertise({ info, onStop: () => stage.stop() });
    cleanup.defer(() => advertisement.close());
  } catch (error) {
    log.warn(`the session cannot be found by mirrord status: ${error}`);
  }
}
