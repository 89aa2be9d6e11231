/** `mirrord extract DIR`: writes the layer library, for those who load it themselves. */
import { Command } from "@commander-js/extra-typings";
import { MirrordError } from "../error.ts";
import type { AnyCommand } from "../options/any_command.ts";
import { findInstallation } from "../session/installation.ts";
import { standardOutput } from "../ui/terminal.ts";

const libraryName = "libmirrord_layer.so";

export function command(): AnyCommand {
  return new Command("extract")
    .description(`Writes ${libraryName} into a folder.`)
    .argument("<dir>", "the folder; it is made when it is not there")
    .action(extract);
}

async function extract(folder: string): Promise<void> {
  const path = `${folder.replace(/\/+$/, "") || "/"}/${libraryName}`.replace(/^\/\//, "/");
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.copyFile(findInstallation().layer, path);
    await Deno.chmod(path, 0o644);
  } catch (error) {
    throw new MirrordError(`the layer cannot be written to ${path}`, {
      cause: error,
      help: "Check that the folder may be written and the disk has room.",
    });
  }
  standardOutput.write(`${path}\n`);
}
