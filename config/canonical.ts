/** Brings what a file says into the canonical form: short forms are expanded, `null` means "not given". */
import type * as z from "zod";
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
  const members = Object.entries(accepted).map(([name, value]) => {
    const child = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return [name, child === undefined || value === null ? value : canonical(child, value)] as const;
  });
  return Object.fromEntries(members.filter(([, value]) => value !== null && value !== undefined));
}

export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
