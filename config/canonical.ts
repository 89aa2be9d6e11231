/** Brings what a file says into the canonical form: short forms are expanded, `null` means "not given". */
import type { z } from "zod";
import { factsOf, shapeOf } from "./key.ts";

export type RawObject = Record<string, unknown>;

/**
 * The canonical form of `raw`, a value for the key `schema`; `raw` itself is left as it is. What is of a wrong type stays,
 * for the schema to report.
 */
export function canonical(schema: z.core.$ZodType, raw: unknown): unknown {
  const accepted = factsOf(schema)?.accept?.(raw) ?? raw;
  const shape = shapeOf(schema);
  if (shape === undefined || !isObject(accepted)) return accepted;
  const result: RawObject = {};
  for (const [name, value] of Object.entries(accepted)) {
    if (value === null || value === undefined) continue;
    const child = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const inner = child === undefined ? value : canonical(child, value);
    if (inner !== null) result[name] = inner;
  }
  return result;
}

export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
