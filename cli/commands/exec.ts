/** `mirrord exec`: runs a program in the context of a target. */
import { Command } from "@commander-js/extra-typings";
import { UsageError } from "../error.ts";
import { addConfigFlags, addFlags } from "../options/add_flags.ts";
import type { AnyCommand } from "../options/any_command.ts";
import { type FlagValues, type Overrides, overridesOf } from "../options/overrides.ts";
import { certificatesFlag, sessionFlags } from "../options/session_flags.ts";
import { openDisplay, progressMode } from "../ui/modes.ts";
import { startProgress } from "../ui/progress.ts";

const usageHelp = `
Words after BINARY belong to the program, and so do all after --:

  mirrord exec -t deployment/shop node app.js --port 8080
  mirrord exec -t process/1234 -- curl -s http://private-service`;

export function command(): AnyCommand {
  const exec: AnyCommand = new Command("exec")
    .usage("[options] [--] BINARY [ARGS...]")
    .summary("Run a program in the context of a target")
    .description("Runs a program on this machine with the network, files, environment and names of a target.")
    .argument("<binary>", "the program")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .addHelpText("after", usageHelp)
    .action(async (binary: string, args: string[], values: object) => {
      const flags = values as FlagValues;
      await run([binary, ...args], flags.configFile, flagOverrides(flags));
    });
  return addConfigFlags(addFlags(exec, sessionFlags));
}

function flagOverrides(values: FlagValues): Overrides {
  try {
    return overridesOf([...sessionFlags, certificatesFlag], values);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function run(command: string[], fileFlag: FlagValues[string], overrides: Overrides): Promise<void> {
  const { runExec } = await import("../session/exec_session.ts");
  const display = openDisplay(progressMode(Deno.env.get("MIRRORD_PROGRESS_MODE"), "std"), {
    forIde: Deno.env.get("MIRRORD_PROGRESS_SUPPORT_IDE") === "true",
  });
  try {
    using root = startProgress(display, "mirrord exec");
    const file = typeof fileFlag === "string" ? fileFlag : fileFlag === true ? true : undefined;
    await runExec({ command, fileFlag: file, overrides }, root, () => display.close());
  } finally {
    display.close();
  }
}
