/** `feature.copy_target`: a copy of the target's pod is used instead of it. Needs the operator. */
import { anyValue, flag, section, textList } from "../key.ts";

export const copyTarget = section({
  enabled: flag(false, { doc: "Whether a copy is used.", defaultDoc: "false; true when `copy_target` is an object" }),
  scale_down: flag(false, { doc: "Whether the workload is scaled to zero while the copy is there." }),
  exclude_containers: textList([], { doc: "Of a newer version: containers left out of the copy." }),
  exclude_init_containers: textList([], { doc: "Of a newer version: init containers left out of the copy." }),
}, {
  doc: "A copy of the target's pod is used instead of it. Needs the operator.",
  accept: acceptCopyTarget,
  shortForms: [{ type: "boolean" }],
  expects: "true, false or an object",
});

function acceptCopyTarget(raw: unknown): unknown {
  if (typeof raw === "boolean") return { enabled: raw };
  const isObject = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  return isObject && !("enabled" in raw) ? { enabled: true, ...raw } : raw;
}

/** Keys of parts of the product that are not there yet; a value is kept as it is. */
export const splitQueues = anyValue({
  doc: "Queues whose messages are shared out by filters. Needs the operator.",
  unstable: true,
  effect: "refused",
});
