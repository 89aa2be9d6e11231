/** The session's log: a file that people read after something went wrong. */

export const levels = ["error", "warn", "info", "debug", "trace"] as const;
export type Level = typeof levels[number];

export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  /** A line of a level by its number, 0 error … 4 trace; `source` says whose it is. */
  line(level: number, text: string, source: string): void;
  /** Whether lines of this level are written at all: ask before a costly text is made. */
  writes(level: Level): boolean;
}

export interface LogOptions {
  level: Level;
  json: boolean;
  write(line: string): void;
  now?: () => Date;
}

/** The strictest level that `filter` names for mirrord: `debug`, or a list like `mirrord=debug,warn`. */
export function parseLevel(filter: string): Level {
  let common: Level = "info";
  for (const part of filter.split(",")) {
    const [target, value] = part.includes("=") ? part.split("=", 2) : [null, part];
    const level = levels.find((name) => name === value.trim().toLowerCase());
    if (level === undefined) continue;
    if (target?.trim() === "mirrord") return level;
    if (target === null) common = level;
  }
  return common;
}

export function createLog(options: LogOptions): Log {
  const most = levels.indexOf(options.level);
  const now = options.now ?? (() => new Date());
  const line = (level: number, text: string, source: string) => {
    if (level > most) return;
    const time = now().toISOString();
    const name = levels[level] ?? "trace";
    options.write(
      options.json ? JSON.stringify({ time, level: name, source, text }) : `${time} ${name} ${source}: ${text}`,
    );
  };
  return {
    error: (text) => line(0, text, "proxy"),
    warn: (text) => line(1, text, "proxy"),
    info: (text) => line(2, text, "proxy"),
    debug: (text) => line(3, text, "proxy"),
    line,
    writes: (level) => levels.indexOf(level) <= most,
  };
}

/** An opened log file. */
export interface LogFile {
  path: string;
  log: Log;
  close(): void;
}

/**
 * Opens the log at `destination`, or at `mirrord-intproxy-<epoch seconds>-<session>.log` in `folder`. Only its owner may
 * read it: it names hosts and paths.
 */
export function openLogFile(
  options: { destination: string | null; folder: string; session: string; level: Level; json: boolean },
): LogFile {
  const name = `mirrord-intproxy-${Math.floor(Date.now() / 1000)}-${options.session}.log`;
  const path = options.destination ?? `${options.folder}/${name}`;
  const file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  const encoder = new TextEncoder();
  let open = true;
  const write = (line: string) => {
    if (!open) return;
    try {
      file.writeSync(encoder.encode(`${line}\n`));
    } catch {
      // A full disk must not end the session.
    }
  };
  const log = createLog({ level: options.level, json: options.json, write });
  return {
    path,
    log,
    close() {
      open = false;
      file.close();
    },
  };
}
