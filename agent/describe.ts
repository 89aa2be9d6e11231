/** What a client is told about the agent and its target. */
import type { Infer } from "../protocol/schema.ts";
import type { DescribeReply } from "../protocol/agent/messages.ts";
import { version } from "../protocol/version.ts";
import type { Services } from "./services.ts";
import { readProcessStatus } from "./target/process_status.ts";

const CAP_NET_ADMIN = 1n << 12n;
const CAP_NET_RAW = 1n << 13n;

export async function describe(services: Services): Promise<Infer<typeof DescribeReply>> {
  const { target } = services;
  return {
    version,
    hostname: target.hostname(),
    containerId: await target.containerId(),
    targetPid: target.pid,
    sharesOurNetwork: target.sharesNetwork,
    kernel: Deno.osRelease(),
    incomingUnavailable: await incomingUnavailable(services),
  };
}

/** Why the target's incoming traffic can't be had here; null if it can. */
export async function incomingUnavailable({ target, incomingElsewhere }: Services): Promise<string | null> {
  if (target.mode === "targetless") return "without a target there is no incoming traffic";
  if (target.sharesNetwork) {
    return "the target has no network of its own: its ports are those of the machine that the program runs on";
  }
  if (incomingElsewhere !== null) return incomingElsewhere;
  const { capabilities } = (await readProcessStatus(Deno.pid)).effective;
  if ((capabilities & (CAP_NET_ADMIN | CAP_NET_RAW)) !== 0n) return null;
  return "the agent has neither CAP_NET_ADMIN nor CAP_NET_RAW in the target's network";
}
