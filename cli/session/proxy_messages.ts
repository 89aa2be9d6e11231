/**
 * What `mirrord exec` and the internal proxy say to each other before the program starts.
 *
 * `exec` writes one line of JSON, a `ProxyInput`, to the proxy's stdin. The proxy answers with lines of JSON on its
 * stdout, one `ProxyMessage` each, of which the last is `ready` or `error`. After `ready` nobody reads its stdout any more;
 * `cli/commands/intproxy.ts` (which owns the proxy's standard streams) points all three elsewhere.
 *
 * Only types stand here, so that both sides may import this file at no cost. Text that came from the kernel as bytes
 * (variables, arguments) carries what is not UTF-8 as lone surrogates: see `byte_text.ts`.
 */
import type { Config } from "../../config/config.ts";
import type { Installation } from "./installation.ts";

/** Everything the proxy must know; one line of JSON on its stdin. */
export interface ProxyInput {
  /** The version of the CLI; the two must be equal. */
  version: string;
  /** 16 lower-case hex digits; names the abstract socket, the session's directory and its advertisement. */
  sessionId: string;
  /** Resolved and verified: every key has its value. */
  config: Config;
  installation: Installation;
  /** The working directory and home of the user who called `mirrord`. */
  cwd: string;
  home: string;
  /** Who is shown to others who want the same port: `user@host`. */
  holder: string;
  program: ProgramToRun;
  /** The pid of `mirrord exec`, which becomes the program's (or its supervisor's). */
  pid: number;
  /** The start time of that pid in clock ticks (field 22 of /proc/PID/stat): a recycled pid has another. */
  pidStartTicks: number;
}

/** The program as the user named it. */
export interface ProgramToRun {
  /** The file that is executed, absolute. */
  path: string;
  /** argv, argv[0] included, as typed. */
  argv: string[];
}

/** One line of JSON on the proxy's stdout. */
export type ProxyMessage =
  | TaskStarted
  | TaskFinished
  | { type: "info"; message: string }
  | { type: "warning"; message: string }
  | ProxyReady
  | ProxyError;

/** A step has begun. Ids are chosen by the proxy; `parent` is the id of an open step, `null` for the top. */
export interface TaskStarted {
  type: "task";
  id: number;
  parent: number | null;
  /** What is being done, as the user reads it: `creating agent job`. */
  name: string;
}

/** The step is over. `message` replaces its name on the terminal. */
export interface TaskFinished {
  type: "finished";
  id: number;
  success: boolean;
  message: string | null;
}

/** The session is up: layers may connect. Sent once, last. */
export interface ProxyReady {
  type: "ready";
  /** The proxy's own pid: the detached process, not the one that `exec` started. */
  pid: number;
  /**
   * The target's variables as they are there, nothing filtered; `exec` applies `feature.env`. `null` when there is no
   * target, or when `feature.env` needs none of them.
   */
  remoteEnvironment: Record<string, string> | null;
  layer: {
    /** The value of MIRRORD_LAYER_INTPROXY_ADDR: `@mirrord-<session>:<secret hex>`. */
    address: string;
    /** The value of MIRRORD_LAYER_CONFIG: the path of the encoded `LayerConfig`. */
    configPath: string;
    /** The library to preload, and the supervisor: where every user of this machine can reach them. */
    library: string;
    supervisor: string;
  };
  /** What the session is connected to, for the summary: `pod/shop-5d8 (container app)`. */
  target: string;
  /** Where the proxy's log goes; null when it has none. */
  logPath: string | null;
}

/** The session cannot be had. Sent once, last; the proxy cleans up and exits. */
export interface ProxyError {
  type: "error";
  /** One short sentence with its cause. */
  message: string;
  /** What the user can do about it; may have several lines. */
  help: string | null;
}

/** Tells `exec` how far the proxy is. */
export type Report = (message: ProxyMessage) => void;

/**
 * The shape of `runProxy`, exported by `cli/intproxy/main.ts` and called by the hidden command `mirrord intproxy`: reports
 * `ready` when layers may connect, resolves when the session is over. A rejection before `ready` is reported as `error`
 * with the `help` of a `MirrordError`; after it, it goes to the log.
 */
export type RunProxy = (input: ProxyInput, report: Report) => Promise<void>;
