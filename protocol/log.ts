/** Log lines, the same for the internal proxy and the agent: people read both side by side, after something went wrong. */

export const levels = ["error", "warn", "info", "debug", "trace"] as const;
export type Level = typeof levels[number];

export interface Log {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  /** A line of a level by its number, 0 error … 4 trace; `source` says whose it is. */
  line(level: number, text: string, source: string): void;
  /** A line of another log, with its time, level and source: it is written as it is. */
  foreign(line: string): void;
  /** Whether lines of this level are written at all: ask before a costly text is made. */
  writes(level: Level): boolean;
}

export interface LogOptions {
  level: Level;
  json: boolean;
  /** Whose lines they are, unless `line` says otherwise. */
  source: string;
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
  const { source } = options;
  const most = levels.indexOf(options.level);
  const now = options.now ?? (() => new Date());
  const line = (level: number, text: string, from: string) => {
    if (level > most) return;
    const time = now().toISOString();
    const name = levels[level] ?? "trace";
    options.write(
      options.json ? JSON.stringify({ time, level: name, source: from, text }) : `${time} ${name} ${from}: ${text}`,
    );
  };
  return {
    error: (text) => line(0, text, source),
    warn: (text) => line(1, text, source),
    info: (text) => line(2, text, source),
    debug: (text) => line(3, text, source),
    line,
    foreign: options.write,
    writes: (level) => levels.indexOf(level) <= most,
  };
}
