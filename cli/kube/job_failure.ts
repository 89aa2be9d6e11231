/** Why a Job makes no pod: quota, admission, pod security. */
import type { CoreV1Event } from "@kubernetes/client-node";
import { MirrordError } from "../error.ts";

/** The error for a warning about the Job; null for one that may pass. */
export function jobFailure(event: CoreV1Event): MirrordError | null {
  if (event.reason !== "FailedCreate") return null;
  const message = event.message ?? "";
  // Others are tried again: an admission webhook that is just being restarted, say.
  if (!/forbidden|denied|invalid|exceeded quota/i.test(message)) return null;
  return new MirrordError("the cluster did not allow the agent's pod", { cause: message, help: helpFor(message) });
}

function helpFor(message: string): string {
  if (/exceeded quota/i.test(message)) {
    return "The namespace's quota is used up. Choose another one by agent.namespace, or ask for less by agent.resources.";
  }
  if (/PodSecurity/.test(message)) {
    return "The namespace's pod security does not allow what the agent needs (capabilities, the host's processes). Choose " +
      "another namespace by agent.namespace.";
  }
  if (/limits?range|(maximum|minimum) (cpu|memory) usage/i.test(message)) {
    return "The namespace limits resources: change agent.resources, or agent.namespace.";
  }
  return "An admission rule of the cluster refuses it. Choose another namespace by agent.namespace, or adjust the agent's pod " +
    "by agent.labels and agent.annotations.";
}
