/** Values of a schema that together hold every variant and every edge: smallest, largest, absent, empty, many. */
import type { Schema, Shape } from "../../protocol/schema.ts";

export function samples(schema: Schema<unknown>): unknown[] {
  const { shape } = schema;
  switch (shape.kind) {
    case "bool":
      return [false, true];
    case "bytes":
      return [new Uint8Array(0), new TextEncoder().encode("/etc/hosts"), pattern(300)];
    case "text":
      return ["", "plain", "\uFEFFnaïve – 日本語 🙂\0"];
    case "fixed":
      return [new Uint8Array(shape.length), pattern(shape.length), new Uint8Array(shape.length).fill(255)];
    case "option":
      return [null, ...samples(shape.item)];
    case "list":
      return listSamples(shape.item);
    case "struct":
      return structSamples(shape.fields);
    case "union":
      return Object.entries(shape.variants).flatMap(([name, variant]) =>
        samples(variant).map((value) => ({ [name]: value }))
      );
    default:
      return integers[shape.kind];
  }
}

const integers: Record<"u8" | "u16" | "u32" | "i32" | "u64" | "i64", unknown[]> = {
  u8: [0, 1, 0xff],
  u16: [0, 0x0102, 0xffff],
  u32: [0, 0x01020304, 0xffff_ffff],
  i32: [0, -1, 0x7fff_ffff, -0x8000_0000],
  u64: [0n, 0x0102030405060708n, 0xffff_ffff_ffff_ffffn],
  i64: [0n, -1n, 0x7fff_ffff_ffff_ffffn, -0x8000_0000_0000_0000n],
};

function listSamples(item: Schema<unknown>): unknown[] {
  const items = samples(item);
  const lists = [[], items.slice(0, 1), items];
  return item.shape.kind === "u16" ? lists.map((list) => Uint16Array.from(list as number[])) : lists;
}

/** As many structs as the field with the most samples has; the n-th one holds the n-th sample of each field. */
function structSamples(fields: (Shape & { kind: "struct" })["fields"]): unknown[] {
  const columns = Object.entries(fields).map(([name, field]) => [name, samples(field)] as const);
  const rows = Math.max(1, ...columns.map(([, values]) => values.length));
  return Array.from(
    { length: rows },
    (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row % values.length]])),
  );
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + 1) & 0xff);
}
