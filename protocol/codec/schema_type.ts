import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** What a schema is, for those who generate something from it (Zig code, test values). */
export type Shape =
  | { kind: "u8" | "u16" | "u32" | "u64" | "i32" | "i64" | "bool" | "bytes" | "text" }
  | { kind: "fixed"; length: number }
  | { kind: "list" | "option"; item: Schema<unknown> }
  | { kind: "struct"; fields: Readonly<Record<string, Schema<unknown>>> }
  | { kind: "union"; variants: Readonly<Record<string, Schema<unknown>>> };

/** How values of `T` look on the wire. `leastBytes` is the size of the smallest encoding. */
export interface Schema<T> {
  readonly shape: Shape;
  readonly leastBytes: number;
  /** Reads one value. Throws `DecodeError`. */
  read(from: Reader): T;
  /** Appends one value. Throws `EncodeError` when it does not fit. */
  write(to: Writer, value: T): void;
}

/** The TypeScript type of a schema's values. */
export type Infer<S> = S extends Schema<infer T> ? T : never;
