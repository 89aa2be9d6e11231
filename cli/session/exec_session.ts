/** The life of one `mirrord exec`, in order. */
import type { Loaded } from "../../config/load.ts";
import { MirrordError } from "../error.ts";
import type { Overrides } from "../options/overrides.ts";
import { readProcessStat } from "../system/process_stat.ts";
import type { Task } from "../ui/progress.ts";
import { version } from "../version.ts";
import { become } from "./become.ts";
import { earlyProxy } from "./early_proxy.ts";
import { type Environment, injectLayer, programEnvironment } from "./environment.ts";
import { findInstallation, type Installation } from "./installation.ts";
import { type LaunchState, readLaunchState } from "./launch_state.ts";
import { findProgram, inspectProgram, type ProgramFile } from "./program_file.ts";
import type { ProxyProcess } from "./proxy_process.ts";
import type { ProxyInput, ProxyReady } from "./proxy_messages.ts";
import { relayProgress } from "./relay.ts";
import { isSupervised } from "./supervised.ts";
import { resolveConfig } from "./resolve_config.ts";
import { summaryLines } from "./summary.ts";
import { holderName } from "./user_name.ts";

export interface ExecRequest {
  /** The program and its arguments as typed. */
  command: readonly string[];
  fileFlag: string | true | undefined;
  overrides: Overrides;
}

interface Prepared {
  loaded: Loaded;
  launch: LaunchState;
  installation: Installation;
  program: ProgramFile;
  argv: readonly string[];
  /** Variables of `feature.env.env_file`. */
  envFile: Environment | null;
}

/**
 * Connects to the target and becomes the program.
 *
 * @param root the command's task
 * @param close ends the display, right before the program takes over
 * @throws {MirrordError}
 */
export async function runExec(request: ExecRequest, root: Task, close: () => void): Promise<never> {
  const launch = readLaunchState();
  refuseNesting(launch.environment);
  const installation = findInstallation();
  const proxy = earlyProxy();
  const prepared = await prepare(request, root, launch, installation);
  const ready = await connect(prepared, proxy, root);
  const environment = environmentFor(prepared, ready);
  summarize(prepared, ready, root);
  root.success("Ready!");
  close();
  return become(
    {
      program: prepared.program,
      argv: prepared.argv,
      environment,
      softFileLimit: launch.softFileLimit,
      ignoredSignals: launch.ignoredSignals,
      closedDescriptors: launch.closedDescriptors,
    },
    ready.layer.supervisor,
  );
}

function refuseNesting(environment: Environment): void {
  if (!environment.has("MIRRORD_RESOLVED_CONFIG") && !isSupervised()) return;
  throw new MirrordError("this already runs under mirrord", {
    help: "Start the program without `mirrord exec`: it belongs to the session it is in.",
  });
}

async function prepare(
  request: ExecRequest,
  root: Task,
  launch: LaunchState,
  installation: Installation,
): Promise<Prepared> {
  const loaded = await resolveConfig({
    fileFlag: request.fileFlag,
    overrides: request.overrides,
    environment: launch.environment,
    warn: (message) => root.warning(message),
  });
  const argv = launch.commandLine.slice(-request.command.length);
  const program = inspectProgram(
    findProgram(argv[0]!, launch.environment.get("PATH")),
    loaded.config.experimental.door,
  );
  if (/^(?:docker|podman|nerdctl)$/.test(argv[0]!.replace(/^.*\//s, ""))) {
    root.warning(
      `\`${argv[0]}\` starts its containers elsewhere, where mirrord does not reach: use a target inside of them`,
    );
  }
  if (program.raisesRights) {
    root.warning(`\`${program.path}\` raises its rights (setuid): the layer cannot be loaded into it`);
  }
  const path = loaded.config.feature.env.env_file;
  const envFile = path === null ? null : await readEnvFile(path, launch.environment);
  return { loaded, launch, installation, program, argv, envFile };
}

async function connect(prepared: Prepared, proxy: ProxyProcess, root: Task): Promise<ProxyReady> {
  using task = root.subtask("preparing to launch process");
  const [ready] = await Promise.all([
    relayProgress(proxy.messages(), task, () => proxy.errorText()),
    proxy.send(proxyInput(prepared)),
  ]);
  task.success();
  return ready;
}

function proxyInput({ loaded, launch, installation, program, argv }: Prepared): ProxyInput {
  const cwd = Deno.cwd();
  return {
    version,
    sessionId: randomHex(8),
    config: loaded.config,
    installation,
    cwd,
    home: launch.environment.get("HOME") ?? "/",
    holder: holderName((name) => launch.environment.get(name)),
    program: { path: program.path.startsWith("/") ? program.path : `${cwd}/${program.path}`, argv: [...argv] },
    pid: Deno.pid,
    pidStartTicks: readProcessStat(Deno.pid)!.startTicks,
  };
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}

function environmentFor({ loaded, launch, program, envFile }: Prepared, ready: ProxyReady): Environment {
  const { env } = loaded.config.feature;
  const remote = ready.remoteEnvironment === null ? null : new Map(Object.entries(ready.remoteEnvironment));
  const environment = programEnvironment({ local: launch.environment, remote, file: envFile }, env);
  return injectLayer(environment, {
    layer: program.door === "preload" ? ready.layer.library : null,
    address: ready.layer.address,
    configPath: ready.layer.configPath,
    resolvedConfig: new TextEncoder().encode(JSON.stringify(loaded.config)).toBase64(),
  });
}

async function readEnvFile(path: string, environment: Environment): Promise<Environment> {
  const { parseDotenv } = await import("./dotenv.ts");
  try {
    return parseDotenv(await Deno.readTextFile(path), (name) => environment.get(name));
  } catch (error) {
    throw new MirrordError(`the file of variables \`${path}\` cannot be used`, {
      cause: error,
      help: "Check the path, its permissions and its lines (NAME=value).",
    });
  }
}

function summarize(prepared: Prepared, ready: ProxyReady, root: Task): void {
  using task = root.subtask("config summary");
  const { config, file } = prepared.loaded;
  const isTargetless = config.target.path === "targetless" ||
    (config.target.path === null && !config.connect_tcp.address);
  const target = isTargetless ? null : ready.target;
  const facts = { config, file, command: prepared.argv, target, logPath: ready.logPath };
  for (const line of summaryLines(facts)) task.info(line);
  task.success();
}
