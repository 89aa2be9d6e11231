/** `mirrord status`: the user's sessions on this machine. */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "../options/any_command.ts";
import type { SessionInfo } from "../session/advertisement.ts";
import { findSessions } from "../session/find_sessions.ts";
import { table } from "../ui/table.ts";
import { printable, standardOutput } from "../ui/terminal.ts";

export function command(): AnyCommand {
  return new Command("status")
    .description("Lists your sessions on this machine.")
    .option("-o, --output <format>", "text or json", "text")
    .action(async ({ output }) => {
      const sessions = await findSessions();
      standardOutput.write(output === "json" ? JSON.stringify(sessions) + "\n" : statusText(sessions, Date.now()));
    });
}

export function statusText(sessions: readonly SessionInfo[], nowMs: number): string {
  if (sessions.length === 0) return "No sessions.\n";
  const rows = sessions.map((session) => [
    session.id,
    session.target,
    String(session.programPid),
    duration(nowMs - session.startedMs),
    printable(session.command.join(" ")),
  ]);
  return table(["ID", "TARGET", "PID", "AGE", "COMMAND"], rows);
}

/** Two units at most: `3s`, `2m05s`, `1h02m`, `2d03h`. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${pad((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${pad((seconds % 86_400) / 3600)}h`;
}
