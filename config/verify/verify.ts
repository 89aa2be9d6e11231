/** What contradicts itself in a configuration whose every key is right. All rules are applied, and all findings reported. */
import { isObject, type RawObject } from "../canonical.ts";
import { configSchema } from "../config.ts";
import { factsOf, shapeOf } from "../key.ts";
import type { Loaded } from "../load.ts";
import type { Problem } from "../problem.ts";
import { verifyClusterKeys } from "./cluster.ts";
import { verifyFeatures } from "./features.ts";
import { verifyIncoming } from "./incoming.ts";
import { Findings } from "./findings.ts";
import { verifyTarget } from "./target.ts";

export interface Verified {
  errors: Problem[];
  /** The run goes on. */
  warnings: Problem[];
}

export function verifyConfig(loaded: Loaded): Verified {
  const findings = new Findings();
  verifyEffects(loaded.given, findings);
  verifyTarget(loaded.config, findings);
  verifyClusterKeys(loaded.config, findings);
  verifyFeatures(loaded.config, findings);
  verifyIncoming(loaded.config, findings);
  return { errors: findings.errors, warnings: findings.warnings };
}

/** Keys that are used and have no effect, may not be used, or are unstable. */
function verifyEffects(given: RawObject, findings: Findings): void {
  const visit = (schema: Parameters<typeof shapeOf>[0], value: unknown, path: string[]): void => {
    const name = path.join(".");
    const facts = factsOf(schema);
    if (path.length > 0 && isEmpty(value)) return;
    if (facts?.effect === "refused") {
      return findings.error(name, "cannot be used in this version of mirrord, and to ignore it would do harm");
    }
    if (facts?.effect === "none") return findings.warning(name, "has no effect in this version of mirrord");
    if (facts?.unstable) findings.warning(name, "is unstable: it may change or vanish");
    for (const [child, inner] of Object.entries(shapeOf(schema) ?? {})) {
      if (isObject(value) && value[child] !== undefined) visit(inner, value[child], [...path, child]);
    }
  };
  visit(configSchema, given, []);
}

/** `{}` says nothing: sections may be written without keys. */
function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
