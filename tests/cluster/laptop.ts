/** Running commands where the user of the product sits: beside the cluster, with a kubeconfig and no way to pods. */
import { inNamespace } from "./network.ts";
import { kubeconfigPath, laptopNamespace } from "./settings.ts";

/** The command line and variables that run `command` on the laptop's side. */
export function laptopCommand(command: readonly string[]): { command: string[]; env: Record<string, string> } {
  return { command: [...inNamespace(laptopNamespace), ...command], env: { KUBECONFIG: kubeconfigPath } };
}

/** Runs the command with this terminal and returns its exit code. */
export async function laptop(command: readonly string[]): Promise<number> {
  const { command: [program, ...args], env } = laptopCommand(command.length > 0 ? command : ["bash"]);
  const child = new Deno.Command(program!, { args, env }).spawn();
  return (await child.status).code;
}
