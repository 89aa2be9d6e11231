import fc from "fast-check";
import type { Schema } from "../../protocol/schema.ts";

/** Any value of a schema. */
export function arbitraryOf(schema: Schema<unknown>): fc.Arbitrary<unknown> {
  const { shape } = schema;
  switch (shape.kind) {
    case "u8":
      return fc.integer({ min: 0, max: 0xff });
    case "u16":
      return fc.integer({ min: 0, max: 0xffff });
    case "u32":
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case "i32":
      return fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
    case "u64":
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case "i64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "bool":
      return fc.boolean();
    case "bytes":
      return fc.uint8Array({ maxLength: 64 });
    case "text":
      return fc.string({ unit: "binary", maxLength: 64 });
    case "fixed":
      return fc.uint8Array({ minLength: shape.length, maxLength: shape.length });
    case "option":
      return fc.option(arbitraryOf(shape.item));
    case "list":
      return shape.item.shape.kind === "u16"
        ? fc.uint16Array({ maxLength: 64 })
        : fc.array(arbitraryOf(shape.item), { maxLength: 8 });
    case "struct":
      return fc.record(mapValues(shape.fields, arbitraryOf));
    case "union":
      return fc.oneof(
        ...Object.entries(shape.variants).map(([name, variant]) => fc.record({ [name]: arbitraryOf(variant) })),
      );
  }
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}
