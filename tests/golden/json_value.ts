/**
 * Values of a schema as JSON that both TypeScript and Zig can read: bytes in hexadecimal, 64-bit integers as decimal
 * strings, everything else as itself.
 */
import type { Schema } from "../../protocol/schema.ts";

export function toJson(schema: Schema<unknown>, value: unknown): unknown {
  const { shape } = schema;
  switch (shape.kind) {
    case "u64":
    case "i64":
      return String(value);
    case "bytes":
    case "fixed":
      return (value as Uint8Array).toHex();
    case "option":
      return value === null ? null : toJson(shape.item, value);
    case "list":
      return Array.from(value as Iterable<unknown>, (item) => toJson(shape.item, item));
    case "struct":
      return mapEntries(value as object, (name, field) => toJson(shape.fields[name], field));
    case "union":
      return mapEntries(value as object, (name, field) => toJson(shape.variants[name], field));
    default:
      return value;
  }
}

export function fromJson(schema: Schema<unknown>, json: unknown): unknown {
  const { shape } = schema;
  switch (shape.kind) {
    case "u64":
    case "i64":
      return BigInt(json as string);
    case "bytes":
    case "fixed":
      return Uint8Array.fromHex(json as string);
    case "option":
      return json === null ? null : fromJson(shape.item, json);
    case "list": {
      const items = (json as unknown[]).map((item) => fromJson(shape.item, item));
      return shape.item.shape.kind === "u16" ? Uint16Array.from(items as number[]) : items;
    }
    case "struct":
      return mapEntries(json as object, (name, field) => fromJson(shape.fields[name], field));
    case "union":
      return mapEntries(json as object, (name, field) => fromJson(shape.variants[name], field));
    default:
      return json;
  }
}

function mapEntries(object: object, map: (name: string, value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(name, value)]));
}
