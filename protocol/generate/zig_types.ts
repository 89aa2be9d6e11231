/** Zig declarations for schemas. Struct and union schemas that are not exported get the name of their place. */
import type { Schema } from "../schema.ts";

/** A fixed-length field up to this size is a Zig array; a longer one is a pointer into the received bytes. */
const largestArray = 16;

const zigWords = new Set(
  ("addrspace align allowzero and anyframe anytype asm async await break callconv catch comptime const continue defer " +
    "else enum errdefer error export extern false fn for if inline linksection noalias noinline nosuspend null opaque or " +
    "orelse packed pub resume return struct suspend switch test threadlocal true try undefined union unreachable var " +
    "volatile while").split(" "),
);

/** Collects declarations; a schema is declared once, at its first use or where it is exported. */
export class ZigTypes {
  readonly #names = new Map<Schema<unknown>, string>();
  readonly #taken = new Set<string>();
  readonly declarations: string[] = [];

  constructor(exported: Readonly<Record<string, Schema<unknown>>>) {
    for (const [name, schema] of Object.entries(exported)) {
      if (isNamed(schema)) this.#claim(name, schema);
    }
    for (const [name, schema] of Object.entries(exported)) {
      if (isNamed(schema)) this.#declare(name, schema);
    }
  }

  /** The Zig type of a schema, declaring it as `place` if it has no name yet. */
  typeOf(schema: Schema<unknown>, place: string): string {
    const { shape } = schema;
    switch (shape.kind) {
      case "bytes":
        return "[]const u8";
      case "text":
        // A program's names need not be UTF-8, and the layer has no business checking.
        throw new Error(`${place} is text: messages of the layer carry bytes`);
      case "fixed":
        return shape.length <= largestArray ? `[${shape.length}]u8` : `*const [${shape.length}]u8`;
      case "option":
        return `?${this.typeOf(shape.item, place)}`;
      case "list":
        return shape.item.shape.kind === "u16" ? "PackedU16" : `List(${this.typeOf(shape.item, `${place}Item`)})`;
      case "struct":
      case "union":
        return this.#nameOf(schema, place);
      default:
        return shape.kind;
    }
  }

  #nameOf(schema: Schema<unknown>, place: string): string {
    if (schema.shape.kind === "struct" && Object.keys(schema.shape.fields).length === 0) return "void";
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    this.#claim(place, schema);
    this.#declare(place, schema);
    return place;
  }

  #claim(name: string, schema: Schema<unknown>): void {
    if (this.#taken.has(name)) throw new Error(`two types would be called ${name}`);
    this.#taken.add(name);
    this.#names.set(schema, name);
  }

  #declare(name: string, schema: Schema<unknown>): void {
    const { shape } = schema;
    const members = shape.kind === "struct" ? shape.fields : shape.kind === "union" ? shape.variants : {};
    const lines = Object.entries(members).map(([member, type]) =>
      `    ${zigName(member)}: ${this.typeOf(type, name + pascalCase(member))},\n`
    );
    const keyword = shape.kind === "struct" ? "struct" : "union(enum(u8))";
    this.declarations.push(`pub const ${name} = ${keyword} {\n${lines.join("")}};\n`);
  }
}

/** `openFile` → `open_file`. */
export function zigName(name: string): string {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return zigWords.has(snake) ? `@"${snake}"` : snake;
}

function pascalCase(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}

function isNamed(schema: Schema<unknown>): boolean {
  return schema.shape.kind === "struct" || schema.shape.kind === "union";
}
