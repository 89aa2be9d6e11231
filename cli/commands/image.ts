/** `mirrord image save|load`: the agent's image as a tar, or put where a cluster can use it. */
import { Argument, Command } from "@commander-js/extra-typings";
import { buildAgentImage } from "../image/agent_image.ts";
import { imagePlaces, loadImage } from "../image/load.ts";
import { MirrordError } from "../error.ts";
import type { AnyCommand } from "../options/any_command.ts";
import { findInstallation } from "../session/installation.ts";
import { standardOutput } from "../ui/terminal.ts";
import { defaultAgentImage } from "../version.ts";

export function command(): AnyCommand {
  return new Command("image")
    .description("Puts the agent's image where a cluster can use it; nothing is pulled from anywhere.")
    .addCommand(saveCommand())
    .addCommand(loadCommand());
}

function saveCommand() {
  return new Command("save")
    .description("Writes the image as one tar, which ctr, docker and podman all take.")
    .argument("<file>", "where the tar goes")
    .option("--tag <image>", "the image's name", defaultAgentImage)
    .action(async (file, { tag }) => {
      const image = await buildAgentImage(findInstallation(), tag);
      await Deno.writeFile(file, image).catch((cause) => {
        throw new MirrordError(`the image cannot be written to ${file}`, { cause, help: "May the folder be written?" });
      });
      standardOutput.write(`${tag} is in ${file}\n`);
    });
}

function loadCommand() {
  return new Command("load")
    .description("Hands the image to a container engine or a local cluster.")
    .addArgument(new Argument("<place>", "where to").choices(imagePlaces))
    .option("--name <name>", "the cluster (kind, k3d) or profile (minikube), when it is not the usual one")
    .option("--tag <image>", "the image's name", defaultAgentImage)
    .action(async (place, { name, tag }) => {
      await loadImage(place, findInstallation(), tag, name ?? null);
      standardOutput.write(`${tag} is in ${place}\n`);
    });
}
