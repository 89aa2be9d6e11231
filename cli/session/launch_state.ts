/**
 * How this process was started, before the runtime changed things: the program that takes its place must find everything as
 * if it had been started natively.
 *
 * The packaged file's launcher keeps what it changes: `MIRRORD_ORIGINAL_<NAME>` for variables, `MIRRORD_ORIGINAL_NOFILE` for
 * the soft limit of open files, which Deno raises, `MIRRORD_ORIGINAL_CLOSED` for closed standard descriptors, which Deno
 * opens, and `MIRRORD_ORIGINAL_SIGIGN` for the ignored signals. Without it (from source, and compiled) the limit is read from
 * the parent process, whose it was, and signals are those that this process ignored when this file was loaded: before
 * anything is started, since Deno then takes SIGHUP.
 */
import { textFromBytes } from "./byte_text.ts";

export interface LaunchState {
  /** The variables the user has, in their order. */
  environment: Map<string, string>;
  /** Soft limit of open files, or null when it cannot be known. */
  softFileLimit: number | null;
  /** Bit n−1 stands for signal n, as in /proc/PID/status. */
  ignoredSignals: number;
  /** Those of descriptors 0, 1 and 2 that were closed. */
  closedDescriptors: number[];
  /** All words of the command line as they came, not only those that are UTF-8. */
  commandLine: string[];
}

/** Variables by which the packaged file tells its parts where they are. */
const ownVariables = ["MIRRORD_SELF", "MIRRORD_HOME", "MIRRORD_RUNTIME"];
const originalPrefix = "MIRRORD_ORIGINAL_";
const fileLimitVariable = `${originalPrefix}NOFILE`;
const closedVariable = `${originalPrefix}CLOSED`;
const ignoredVariable = `${originalPrefix}SIGIGN`;
/** Variables that the launcher sets or unsets for the runtime. */
const runtimeVariables = [
  "DENO_DIR",
  "DENO_NO_UPDATE_CHECK",
  "DENO_DISABLE_NODE_SHIM",
  "DENO_V8_FLAGS",
  "NODE_OPTIONS",
  "COMPLETE",
];

const standardSignals = (1n << 31n) - 1n;
/** Deno ignores this one itself; whether it was ignored before cannot be known. */
const brokenPipe = 1n << 12n;
const ignoredAtLoading = readIgnoredSignals();

function readIgnoredSignals(): number {
  const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1] ?? "0";
  return Number(BigInt(`0x${mask}`) & standardSignals & ~brokenPipe);
}

export function readLaunchState(): LaunchState {
  const raw = parseEnvironment(Deno.readFileSync("/proc/self/environ"));
  const kept = raw.get(fileLimitVariable);
  const ignored = raw.get(ignoredVariable);
  return {
    environment: userEnvironment(raw),
    softFileLimit: kept === undefined ? parentFileLimit() : Number(kept),
    ignoredSignals: ignored === undefined ? ignoredAtLoading : parseInt(ignored, 16),
    closedDescriptors: [0, 1, 2].filter((fd) => (Number(raw.get(closedVariable) ?? 0) >> fd & 1) === 1),
    commandLine: splitAtNul(Deno.readFileSync("/proc/self/cmdline")),
  };
}

/** Undoes what the launcher did to the variables. */
export function userEnvironment(raw: ReadonlyMap<string, string>): Map<string, string> {
  const environment = new Map<string, string>();
  const isPackaged = raw.has("MIRRORD_RUNTIME");
  for (const [name, value] of raw) {
    const isRuntime = isPackaged && runtimeVariables.includes(name);
    if (ownVariables.includes(name) || name.startsWith(originalPrefix) || isRuntime) continue;
    environment.set(name, value);
  }
  if (!isPackaged) return environment;
  for (const name of runtimeVariables) {
    const value = raw.get(originalPrefix + name);
    if (value !== undefined) environment.set(name, value);
  }
  return environment;
}

/** The block of `NAME=value` entries; of a name that stands twice the first counts, as for getenv(3). */
export function parseEnvironment(block: Uint8Array): Map<string, string> {
  const environment = new Map<string, string>();
  for (const entry of splitAtNul(block)) {
    const equals = entry.indexOf("=", 1);
    const name = entry.slice(0, equals);
    if (equals > 0 && !environment.has(name)) environment.set(name, entry.slice(equals + 1));
  }
  return environment;
}

function splitAtNul(block: Uint8Array): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let end = block.indexOf(0); end !== -1; end = block.indexOf(0, start)) {
    parts.push(textFromBytes(block.subarray(start, end)));
    start = end + 1;
  }
  if (start < block.length) parts.push(textFromBytes(block.subarray(start)));
  return parts;
}

function parentFileLimit(): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${Deno.ppid}/limits`));
    return soft === null ? null : Number(soft[1]);
  } catch {
    return null;
  }
}
