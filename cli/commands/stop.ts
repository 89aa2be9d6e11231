/** `mirrord stop ID`: ends a session, and with it what the agent does for it. */
import { Command } from "@commander-js/extra-typings";
import type { AnyCommand } from "../options/any_command.ts";
import { stopSession } from "../session/find_sessions.ts";
import { standardOutput } from "../ui/terminal.ts";

export function command(): AnyCommand {
  return new Command("stop")
    .description("Ends a session, and the program that runs in it.")
    .argument("<id>", "the session's id, or the beginning of it, as `mirrord status` shows it")
    .action(async (id) => {
      const session = await stopSession(id);
      standardOutput.write(`Stopped ${session.id} (${session.target}).\n`);
    });
}
