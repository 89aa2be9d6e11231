/** Puts the agent's image where a cluster or a container engine can use it, by their own commands. */
import { MirrordError } from "../error.ts";
import { type AgentParts, buildAgentImage } from "./agent_image.ts";

export const imagePlaces = ["docker", "podman", "containerd", "kind", "minikube", "k3d"] as const;
export type ImagePlace = typeof imagePlaces[number];

/** The command that takes an image from a tar. `name`: the cluster's or profile's, where there may be several. */
export function loadCommand(place: ImagePlace, tar: string, name: string | null): string[] {
  switch (place) {
    case "docker":
    case "podman":
      return [place, "load", "--input", tar];
    case "containerd":
      return ["ctr", "--namespace", "k8s.io", "images", "import", tar];
    case "kind":
      return ["kind", "load", "image-archive", tar, ...name === null ? [] : ["--name", name]];
    case "minikube":
      return ["minikube", "image", "load", tar, ...name === null ? [] : ["--profile", name]];
    case "k3d":
      return ["k3d", "image", "import", tar, ...name === null ? [] : ["--cluster", name]];
  }
}

/** Makes the image, and hands it over. @throws {MirrordError} */
export async function loadImage(
  place: ImagePlace,
  parts: AgentParts,
  reference: string,
  name: string | null = null,
): Promise<void> {
  const tar = await Deno.makeTempFile({ prefix: "mirrord-image-", suffix: ".tar" });
  try {
    await Deno.writeFile(tar, await buildAgentImage(parts, reference));
    await handOver(loadCommand(place, tar, name));
  } finally {
    await Deno.remove(tar).catch(() => {});
  }
}

async function handOver([command, ...args]: string[]): Promise<void> {
  const shown = [command, ...args].join(" ");
  const output = await run(command!, args);
  if (output.success) return;
  throw new MirrordError(`the image was not taken: ${shown}`, {
    cause: new TextDecoder().decode(output.stderr).trim(),
    help: "Does the command work by hand? `mirrord image save FILE` writes the tar for it.",
  });
}

async function run(command: string, args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "piped" }).output();
  } catch (cause) {
    throw new MirrordError(`there is no command ${command}`, { cause, help: "Install it, or put it on PATH." });
  }
}
