/** Checks a value in canonical form against the schema, and says what is wrong in words of ours. */
import * as z from "zod";
import { isObject } from "./canonical.ts";
import { type Config, configSchema } from "./config.ts";
import { factsOf, shapeOf } from "./key.ts";
import { nearest } from "./nearest.ts";
import type { Problem } from "./problem.ts";

export type Checked = { config: Config; problems: [] } | { config: undefined; problems: Problem[] };

/** The configuration with all defaults, or everything that is wrong with it. */
export function check(raw: unknown, lines: ReadonlyMap<string, number> = new Map()): Checked {
  const result = configSchema.safeParse(raw);
  if (result.success) return { config: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => describe(issue, raw));
  for (const problem of problems) problem.line = lineOf(problem.path, lines);
  return { config: undefined, problems };
}

function describe(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  const place = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({ path: [...place, name].join("."), message: unknownKey(place, name) }));
  }
  return [{ path: place.join("."), message: wrongValue(issue, place, raw) }];
}

function unknownKey(place: string[], name: string): string {
  const siblings = Object.keys(shapeAt(place) ?? {});
  const near = nearest(name, siblings);
  if (near !== undefined) return `unknown key; did you mean \`${[...place, near].join(".")}\`?`;
  const elsewhere = pathsOf(name);
  if (elsewhere.length === 1) return `unknown key; did you mean \`${elsewhere[0]}\`?`;
  if (elsewhere.length > 1) return `unknown key; it exists as ${elsewhere.map((path) => `\`${path}\``).join(", ")}`;
  return siblings.length === 0 ? "unknown key" : `unknown key; here stand ${siblings.join(", ")}`;
}

function wrongValue(issue: z.core.$ZodIssue, place: string[], raw: unknown): string {
  if (issue.code === "custom") return issue.message;
  const value = valueAt(raw, place);
  if (issue.code === "invalid_value") {
    const words = issue.values.map(String);
    const near = typeof value === "string" ? nearest(value, words) : undefined;
    const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
    return `expected one of ${words.join(", ")}, got ${shown(value)}${hint}`;
  }
  if (issue.code === "too_big") return `expected at most ${issue.maximum}, got ${shown(value)}`;
  if (issue.code === "too_small") return `expected at least ${issue.minimum}, got ${shown(value)}`;
  return `expected ${expected(issue, place)}, got ${shown(value)}`;
}

function expected(issue: z.core.$ZodIssue, place: string[]): string {
  const words = factsAt(place)?.expects;
  if (words !== undefined) return words;
  if (issue.code !== "invalid_type") return "something else";
  const names: Record<string, string> = {
    object: "an object",
    array: "a list",
    string: "a string",
    boolean: "true or false",
    int: "a whole number",
    number: "a number",
    record: "an object",
  };
  return names[issue.expected] ?? issue.expected;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= 80 ? `\`${text}\`` : Array.isArray(value) ? "a list" : "an object";
}

/** The keys below a section, by the section's path. */
function shapeAt(place: string[]): Record<string, z.core.$ZodType> | undefined {
  let shape = shapeOf(configSchema);
  for (const name of place) shape = shape?.[name] === undefined ? undefined : shapeOf(shape[name]);
  return shape;
}

function factsAt(place: string[]) {
  const schema = shapeAt(place.slice(0, -1))?.[place.at(-1) ?? ""];
  return schema === undefined ? undefined : factsOf(schema);
}

function valueAt(raw: unknown, place: string[]): unknown {
  return place.reduce<unknown>((value, name) => {
    if (Array.isArray(value)) return value[Number(name)];
    return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, raw);
}

/** Paths of all keys of this name. */
function pathsOf(name: string): string[] {
  const found: string[] = [];
  const visit = (schema: z.core.$ZodType, path: string[]): void => {
    for (const [child, inner] of Object.entries(shapeOf(schema) ?? {})) {
      if (child === name) found.push([...path, child].join("."));
      visit(inner, [...path, child]);
    }
  };
  visit(configSchema, []);
  return found;
}

/** Line of the key, or of the nearest one above it that the parser has seen. */
function lineOf(path: string, lines: ReadonlyMap<string, number>): number | undefined {
  const parts = path.split(".");
  for (let length = parts.length; length > 0; length--) {
    const line = lines.get(parts.slice(0, length).join("."));
    if (line !== undefined) return line;
  }
  return undefined;
}
