/** What a session has from the first moment on, whatever becomes of its target: a log, a watch on the program, an end. */
import { parseLevel } from "../../protocol/log.ts";
import { MirrordError } from "../error.ts";
import type { ProxyInput, Report } from "../session/proxy_messages.ts";
import { Poller } from "../system/poller.ts";
import { writeToProgram } from "../system/program_terminal.ts";
import { Lifetime } from "./lifetime.ts";
import { type Log, type LogFile, openLogFile } from "./log.ts";
import type { SessionMarks } from "./processes.ts";
import { makeSessionFolder, type SessionFolder } from "./session_folder.ts";

/** Memory, where there is some: layers map and open what lies here. */
const memoryFolder = "/dev/shm";

export interface Stage {
  input: ProxyInput;
  report: Report;
  /** What is put on it is undone at the end, last first. */
  cleanup: AsyncDisposableStack;
  poller: Poller;
  log: Log;
  logPath: string;
  folder: SessionFolder;
  marks: SessionMarks;
  lifetime: Lifetime;
  temporaryFolder: string;
  /** Name of the layers' socket, without the leading NUL. */
  socketName: string;
  /** Tells the user: as progress before the program runs, on the program's standard error afterwards. */
  warn(text: string): void;
  /** From now on the terminal is the program's. */
  isReady: boolean;
  /** Ends the session. `null`: the program has ended; else why the program must end. The first call counts. */
  end(reason: string | null): void;
  /** What `end` was called with. */
  readonly ended: Promise<string | null>;
  /** Whether `end` was called. */
  readonly isEnding: boolean;
  /** Ends the session because the user says so; resolves when nothing of it is left. */
  stop(): Promise<void>;
  /** The agent has known a session. */
  hadSession: boolean;
}

export function setStage(input: ProxyInput, report: Report, cleanup: AsyncDisposableStack): Stage {
  // Programs may change their user; what is secret has its own mode.
  Deno.umask(0o022);
  const gone = Promise.withResolvers<void>();
  cleanup.defer(() => gone.resolve());
  const temporaryFolder = Deno.env.get("TMPDIR")?.replace(/(?<=.)\/+$/, "") || "/tmp";
  const file = openLog(input, temporaryFolder);
  cleanup.defer(() => file.close());
  const poller = new Poller();
  cleanup.defer(() => poller.stop());
  const folder = makeSessionFolder(input.sessionId, [memoryFolder, temporaryFolder]);
  cleanup.defer(() => folder.remove());
  const socketName = `mirrord-${input.sessionId}`;
  const marks = { variable: `MIRRORD_LAYER_INTPROXY_ADDR=@${socketName}:`, mappedFile: `${folder.path}/layer.bin` };
  const idleTimeoutMs = input.config.internal_proxy.idle_timeout * 1000;
  const lifetime = new Lifetime({ pid: input.pid, startTicks: input.pidStartTicks, marks, poller, idleTimeoutMs });
  const ending = Promise.withResolvers<string | null>();
  const stage: Stage = {
    ...{ input, report, cleanup, poller, log: file.log, logPath: file.path, folder, marks, lifetime },
    ...{ temporaryFolder, socketName, isReady: false, hadSession: false, ended: ending.promise, isEnding: false },
    warn(text) {
      file.log.warn(text);
      if (!stage.isReady) report({ type: "warning", message: text });
      else writeToProgram(lifetime.processes(), `mirrord: ${text}\n`);
    },
    end(reason) {
      if (!stage.isEnding) file.log.info(reason === null ? "the program has ended" : `the session ends: ${reason}`);
      (stage as { isEnding: boolean }).isEnding = true;
      ending.resolve(reason);
    },
    async stop() {
      stage.end("the session was stopped (mirrord stop)");
      await gone.promise;
    },
  };
  lifetime.over().then(() => stage.end(null));
  endOnSignals(stage);
  outliveFaults(stage.log);
  return stage;
}

function openLog({ config, sessionId }: ProxyInput, folder: string): LogFile {
  const { log_destination: destination, log_level: level, json_log: json } = config.internal_proxy;
  try {
    return openLogFile({ destination, folder, session: sessionId, level: parseLevel(level), json });
  } catch (cause) {
    throw new MirrordError(`the log \`${destination ?? folder}\` cannot be written`, {
      cause,
      help: "Name another file with internal_proxy.log_destination.",
    });
  }
}

function endOnSignals(stage: Stage): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const end = () => stage.end(`the internal proxy was ended (${signal})`);
    Deno.addSignalListener(signal, end);
    stage.cleanup.defer(() => Deno.removeSignalListener(signal, end));
  }
}

/** A fault in one connection must not take the whole session with it. */
function outliveFaults(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error(`unexpected: ${event.reason?.stack ?? event.reason}`);
  });
}
