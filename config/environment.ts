/** Environment variables (and flags, which set such variables) over what the file says. */
import type * as z from "zod";
import { isObject, type RawObject } from "./canonical.ts";
import { factsOf, shapeOf } from "./key.ts";
import type { Problem } from "./problem.ts";

/** Variables by name; an empty value is as good as none. */
export type Variables = (name: string) => string | undefined;

export interface Overridden {
  raw: unknown;
  /** Variables whose text cannot be understood. */
  problems: Problem[];
}

/** The canonical `raw` with every key that a variable sets set to it. */
export function overrideFromEnvironment(schema: z.core.$ZodType, raw: unknown, variables: Variables): Overridden {
  const problems: Problem[] = [];
  const overrides = collect(schema, variables, problems);
  return { raw: overrides === undefined ? raw : merge(raw, overrides), problems };
}

/** What the variables say about a section: only keys that are set, or undefined when none is. */
function collect(schema: z.core.$ZodType, variables: Variables, problems: Problem[]): RawObject | undefined {
  const result: RawObject = {};
  for (const [name, child] of Object.entries(shapeOf(schema) ?? {})) {
    const value = shapeOf(child) === undefined
      ? valueOf(child, variables, problems)
      : collect(child, variables, problems);
    if (value !== undefined) result[name] = value;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function valueOf(schema: z.core.$ZodType, variables: Variables, problems: Problem[]): unknown {
  const facts = factsOf(schema);
  for (const variable of facts?.env ?? []) {
    const text = variables(variable);
    if (text === undefined || text === "") continue;
    try {
      const value = facts!.fromText!(text, variable);
      return checked(schema, value, variable, text, problems);
    } catch (error) {
      problems.push({ path: variable, message: withText((error as Error).message, text) });
      return undefined;
    }
  }
  return undefined;
}

/** Checked here, so that the variable is named instead of the key. */
function checked(
  schema: z.core.$ZodType,
  value: unknown,
  variable: string,
  text: string,
  problems: Problem[],
): unknown {
  const result = (schema as z.ZodType).safeParse(value);
  if (result.success) return value;
  const issue = result.error.issues[0]!;
  const expected = issue.code === "invalid_value"
    ? `expected one of ${issue.values.map(String).join(", ")}`
    : issue.code === "custom"
    ? issue.message
    : `not acceptable: ${issue.message}`;
  problems.push({ path: variable, message: withText(expected, text) });
  return undefined;
}

function withText(message: string, text: string): string {
  const quoted = `\`${text}\``;
  return message.includes(quoted) ? message : `${message}, got ${quoted}`;
}

function merge(raw: unknown, overrides: RawObject): unknown {
  if (raw !== undefined && !isObject(raw)) return raw;
  const result: RawObject = { ...raw };
  for (const [name, value] of Object.entries(overrides)) {
    result[name] = isObject(value) ? merge(result[name], value) : value;
  }
  return result;
}
