/** Whether the other end of the holder's socket may be an agent: anybody in the target's network can use the name. */
import { readProcessStatus } from "../target/process_status.ts";

/**
 * `trusted`: it is at least as privileged as we are, in our user namespace, so that it gains nothing from us. `hidden`:
 * it lives where we cannot see it. `untrusted`: it is something else that took the name.
 */
export type Trust = "trusted" | "hidden" | "untrusted";

export async function trustIn(pid: number): Promise<Trust> {
  if (pid === 0) return "hidden";
  try {
    const [theirs, ours] = await Promise.all([readProcessStatus(pid), readProcessStatus(Deno.pid)]);
    if (!await sharesNamespace(pid, "user")) return "untrusted";
    const missing = ours.effective.capabilities & ~theirs.effective.capabilities;
    const isSameUser = theirs.effective.uid === ours.effective.uid;
    return missing === 0n && isSameUser ? "trusted" : "untrusted";
  } catch {
    // It has ended, or it hides from us what we would show to our like.
    return "untrusted";
  }
}

/** Whether a process is in our namespace of the given kind (`user`, `pid`). Throws Deno's errors. */
export async function sharesNamespace(pid: number, kind: string): Promise<boolean> {
  const [theirs, ours] = await Promise.all([pid, Deno.pid].map((each) => Deno.readLink(`/proc/${each}/ns/${kind}`)));
  return theirs === ours;
}
