/** Declares flags of a table at a command. */
import { Option } from "@commander-js/extra-typings";
import type { AnyCommand } from "./any_command.ts";
import type { Flag } from "./overrides.ts";
import { certificatesFlag, configFileFlag } from "./session_flags.ts";

export function addFlags(command: AnyCommand, flags: readonly Flag[]): AnyCommand {
  for (const flag of flags) {
    const option = new Option(flag.flags, flag.description);
    command.addOption(flag.hidden ? option.hideHelp() : option);
  }
  return command;
}

/** `-f` and the hidden spelling of `-c=BOOL`, which belong to every command that reads a configuration. */
export function addConfigFlags(command: AnyCommand): AnyCommand {
  command.addOption(new Option(configFileFlag.flags, configFileFlag.description));
  return addFlags(command, [certificatesFlag]);
}
