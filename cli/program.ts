/** Parses the command line and runs the command; errors become text and exit codes here, and nowhere else. */
import { Command, CommanderError } from "@commander-js/extra-typings";
import { commandTable } from "./commands/table.ts";
import { errorText, exitCodes, UsageError } from "./error.ts";
import type { AnyCommand } from "./options/any_command.ts";
import { withCertificateValue } from "./options/words.ts";
import { standardError, standardOutput, wantsColor } from "./ui/terminal.ts";
import { version } from "./version.ts";

/** @returns the exit code */
export async function runProgram(words: readonly string[]): Promise<number> {
  const root = await assemble(words[0]);
  const called = root.commands.find((command) => command.name() === words[0]);
  const prepared = called === undefined
    ? [...words]
    : [words[0]!, ...withCertificateValue(words.slice(1), called.options)];
  try {
    await root.parseAsync(prepared, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (error instanceof UsageError) {
      standardError.write(`error: ${error.message}\n\n${hint(called)}\n`);
      return exitCodes.usage;
    }
    standardError.write(errorText(error, wantsColor(standardError)));
    return exitCodes.failure;
  }
}

/** The command tree; only the called command has its options, for others their line in the help is enough. */
async function assemble(called: string | undefined): Promise<AnyCommand> {
  const root: AnyCommand = new Command("mirrord")
    .description("Run a local program in the context of a process, a container or a Kubernetes pod.")
    .version(version, "-V, --version", "print the version")
    .enablePositionalOptions();
  for (const entry of commandTable) {
    const isCalled = entry.name === called;
    const command: AnyCommand = isCalled ? (await entry.load()).command() : new Command(entry.name);
    root.addCommand(command.summary(entry.summary), { hidden: entry.isHidden ?? false });
  }
  for (const command of withDescendants(root)) catchOutput(command);
  return root;
}

function withDescendants(command: AnyCommand): AnyCommand[] {
  return [command, ...command.commands.flatMap((child) => withDescendants(child as AnyCommand))];
}

function catchOutput(command: AnyCommand): void {
  command
    .exitOverride()
    .showHelpAfterError(hint(command))
    .configureOutput({
      writeOut: (text) => standardOutput.write(text),
      writeErr: (text) => standardError.write(text),
    });
}

function hint(command: AnyCommand | undefined): string {
  const names: string[] = [];
  for (let one: AnyCommand | null = command ?? null; one !== null; one = one.parent as AnyCommand | null) {
    names.unshift(one.name());
  }
  const path = names[0] === "mirrord" ? names : ["mirrord", ...names];
  return `For more information, try \`${path.join(" ")} --help\`.`;
}
