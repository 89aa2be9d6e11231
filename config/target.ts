/** `target`: what the program is run in the context of. */
import { key, optionalText, section } from "./key.ts";
import { objectFormKinds, parseTarget } from "./target_path.ts";
import * as z from "zod";

/** `{"pod": "x", "container": "y"}` as a path; anything else is given back. */
function pathOfObjectForm(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return raw;
  const form = raw as Record<string, unknown>;
  const kinds = Object.keys(form).filter((name) => name in objectFormKinds);
  const others = Object.keys(form).filter((name) => !(name in objectFormKinds) && name !== "container");
  if (kinds.length !== 1 || others.length > 0) return raw;
  const name = form[kinds[0]!];
  const container = form.container ?? null;
  if (typeof name !== "string" || (container !== null && typeof container !== "string")) return raw;
  return `${objectFormKinds[kinds[0]!]}/${name}${container === null ? "" : `/container/${container}`}`;
}

function acceptTarget(raw: unknown): unknown {
  if (typeof raw === "string") return raw === "" ? {} : { path: raw };
  const path = pathOfObjectForm(raw);
  return typeof path === "string" ? { path } : raw;
}

const pathSchema = z.string().superRefine((path, context) => {
  try {
    parseTarget(path);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

const objectForms = Object.keys(objectFormKinds).map((kind) => ({
  type: "object",
  properties: { [kind]: { type: "string" }, container: { type: ["string", "null"] } },
  required: [kind],
  additionalProperties: false,
}));

export const target = section({
  path: key(pathSchema.nullable().default(null), {
    doc: "The target, as `targetless`, `pod/NAME`, `deployment/NAME`, `rollout/NAME` (each may end in " +
      "`/container/CONTAINER`), `process/PID`, `docker/NAME` or `podman/NAME`; also as an object, " +
      '`{"pod": "NAME", "container": "CONTAINER"}`. `job`, `cronjob`, `statefulset`, `service` and `replicaset` need ' +
      "the operator. Without a target the program is run targetless: it gets network access of a namespace, and nothing " +
      "incoming.",
    env: ["MIRRORD_IMPERSONATED_TARGET"],
    fromText: (value) => value,
    accept: (raw) => raw === "" ? null : pathOfObjectForm(raw),
    shortForms: objectForms,
    expects: "a target path, or an object with one kind and an optional container",
  }),
  namespace: optionalText({
    doc: "Namespace of the target; for a targetless run the one in which remote networking is done.",
    defaultDoc: "the namespace of the Kubernetes context",
    env: "MIRRORD_TARGET_NAMESPACE",
  }),
}, {
  doc: "What the program is run in the context of: a path, or an object with path and namespace.",
  accept: acceptTarget,
  shortForms: [{ type: "string" }, ...objectForms],
  expects: "a target path or an object",
});
