/** Values of templates, and how Tera looks at them. */
import { TemplateError } from "./error.ts";

export type Value = string | number | boolean | null | Value[] | Map<string, Value>;

/** Empty, zero, false and missing values are false. */
export function isTruthy(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

/** A value as `{{ … }}` prints it. */
export function print(value: Value): string {
  if (value === null) return "";
  if (Array.isArray(value)) return `[${value.map(print).join(", ")}]`;
  return value instanceof Map ? "[object]" : String(value);
}

/** Values of different types are never equal. */
export function areEqual(left: Value, right: Value): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, index) => areEqual(value, right[index]!));
  }
  if (left instanceof Map && right instanceof Map) {
    return left.size === right.size &&
      [...left].every(([name, value]) => right.has(name) && areEqual(value, right.get(name)!));
  }
  return left === right;
}

/** What a type is called in messages. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return value instanceof Map ? "an object" : `a ${typeof value}`;
}

/** A value of plain JavaScript. */
export function fromPlain(plain: unknown): Value {
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain === "object" && plain !== null) {
    return new Map(Object.entries(plain).map(([name, value]) => [name, fromPlain(value)]));
  }
  if (plain === undefined || plain === null) return null;
  if (typeof plain === "string" || typeof plain === "number" || typeof plain === "boolean") return plain;
  throw new TemplateError(`a ${typeof plain} cannot be used in a template`);
}

export function toPlain(value: Value): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  // Sorted, as Tera keeps its objects.
  if (value instanceof Map) return Object.fromEntries([...value].sort().map(([name, inner]) => [name, toPlain(inner)]));
  return value;
}
