/** The session's log file. */
import { createLog, type Level, type Log } from "../../protocol/log.ts";

export type { Log };

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
  const log = createLog({ level: options.level, json: options.json, source: "proxy", write });
  return {
    path,
    log,
    close() {
      open = false;
      file.close();
    },
  };
}
