/** Makes the session's own file system, by a helper that takes the rights for it and hands it over. */
import { FuseDevice } from "../../../system/fuse_device.ts";
import type { Poller } from "../../../system/poller.ts";
import { ProcessHandle } from "../../../system/process_handle.ts";
import type { Log } from "../../log.ts";

/** Then it hangs. */
const helperMs = 3000;

/** Null, and a line in the log, where the kernel or this machine's administrator does not let us: files come whole then. */
export async function mountStreamed(launcher: string, poller: Poller, log: Log): Promise<FuseDevice | null> {
  const child = new Deno.Command(launcher, {
    args: ["serve-files"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), helperMs);
  try {
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    const device = value === undefined ? null : take(child.pid, value, poller);
    await Promise.all([reader.cancel(), child.stdin.close()]);
    const reason = await new Response(child.stderr).text();
    await child.status;
    if (device === null) log.info(`large files are fetched whole, not as they are read: ${reason.trim()}`);
    return device;
  } catch (error) {
    log.info(`large files are fetched whole, not as they are read: ${error}`);
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function take(pid: number, line: Uint8Array, poller: Poller): FuseDevice | null {
  const helper = new ProcessHandle(pid);
  try {
    const [device, root] = new TextDecoder().decode(line).split(" ").map((word) => helper.takeDescriptor(Number(word)));
    return device && root ? new FuseDevice(device, root, poller) : null;
  } finally {
    helper.close();
  }
}
