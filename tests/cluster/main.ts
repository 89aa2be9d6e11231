/**
 * A real one-node Kubernetes on this machine, for the tests and for work by hand.
 *
 *   ./dev cluster up            start it, or find it running
 *   ./dev cluster down          remove every trace of it
 *   ./dev cluster status        running, broken or down
 *   ./dev cluster run -- CMD…   run a command on the laptop's side
 *   ./dev cluster load TAR      hand an image to the node
 *
 * With another MIRRORD_CLUSTER_NAME each of them is about a second cluster beside the first.
 */
import { importImageFile } from "./images.ts";
import { laptop } from "./laptop.ts";
import { down, status, up } from "./lifecycle.ts";
import { withLock } from "./lock.ts";
import { isReady, provision } from "./provision.ts";
import { kubeconfigPath, laptopNamespace } from "./settings.ts";

const usage = "usage: cluster up | down | status | run -- COMMAND… | load TAR";

async function main([command, ...rest]: string[]): Promise<number> {
  const started = performance.now();
  const report = (message: string) => console.error(`cluster: ${message}`);
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  switch (command) {
    case "up":
      await withLock(() => interruptible(() => up(report)));
      report(`up after ${seconds()}`);
      console.log(howToUse());
      return 0;
    case "down":
      await withLock(down);
      report(`down after ${seconds()}`);
      return 0;
    case "status": {
      const found = await status();
      console.log(found);
      return found === "running" ? 0 : 1;
    }
    case "run":
      return await laptop(rest[0] === "--" ? rest.slice(1) : rest);
    case "load":
      await importImageFile(rest[0] ?? "dist/agent-image.tar");
      return 0;
    // The two below are called by `up` within the laptop's namespace.
    case "provision":
      await provision();
      return 0;
    case "check":
      return await isReady() ? 0 : 1;
    default:
      console.error(usage);
      return 2;
  }
}

/** An interrupted start leaves nothing behind. */
async function interruptible(work: () => Promise<void>): Promise<void> {
  const stop = () => down().finally(() => Deno.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  try {
    await work();
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
  }
}

function howToUse(): string {
  return `
A laptop beside the cluster (it reaches the API server, but no pod and no service):
  ./dev cluster run -- kubectl get pods --all-namespaces
or by hand:
  nsenter --net=/run/netns/${laptopNamespace} env KUBECONFIG=${kubeconfigPath} bash`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(`cluster: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
