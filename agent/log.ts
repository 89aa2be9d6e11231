/** The agent's log is its standard error; standard output carries nothing but the line that says that it is ready. */
import { createLog, type Level, type Log } from "../protocol/log.ts";

export interface LogSettings {
  level: Level;
  json: boolean;
}

function open(settings: LogSettings): Log {
  return createLog({ ...settings, source: "agent", write: (line) => console.error(line) });
}

/** One for the whole process; lines up to `info` are written until it is configured. */
export let log = open({ level: "info", json: false });

export function configureLog(settings: LogSettings): void {
  log = open(settings);
}
