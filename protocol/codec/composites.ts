/** Schemas of the values that are made of others. */
import { DecodeError, EncodeError } from "./error.ts";
import type { Infer, Schema } from "./schema_type.ts";
import { u16 } from "./scalars.ts";

type Members = Readonly<Record<string, Schema<unknown>>>;
type StructValue<M extends Members> = { [Name in keyof M]: Infer<M[Name]> };
type UnionValue<M extends Members> = { [Name in keyof M]: { [Only in Name]: Infer<M[Name]> } }[keyof M];

/** Any number of items. A list of `u16` is a packed `Uint16Array`. */
export function list(item: typeof u16): Schema<Uint16Array>;
export function list<T>(item: Schema<T>): Schema<T[]>;
export function list(item: Schema<unknown>): Schema<Uint16Array> | Schema<unknown[]> {
  return item === u16 ? packedU16 : listOf(item);
}

function listOf<T>(item: Schema<T>): Schema<T[]> {
  // Else a count of four thousand million could be followed by nothing, and still have to be obeyed.
  if (item.leastBytes === 0) throw new TypeError("items of a list must take at least one byte");
  return {
    shape: { kind: "list", item },
    leastBytes: 4,
    read(from) {
      const count = from.count(item.leastBytes);
      const values: T[] = [];
      try {
        while (values.length < count) values.push(item.read(from));
      } catch (error) {
        throw locatedDecode(error, `[${values.length}]`);
      }
      return values;
    },
    write(to, values) {
      to.u32(values.length);
      let index = 0;
      try {
        for (; index < values.length; index++) item.write(to, values[index]);
      } catch (error) {
        throw locatedEncode(error, `[${index}]`);
      }
    },
  };
}

const packedU16: Schema<Uint16Array> = {
  shape: { kind: "list", item: u16 },
  leastBytes: 4,
  read(from) {
    const values = new Uint16Array(from.count(2));
    for (let index = 0; index < values.length; index++) values[index] = from.u16();
    return values;
  },
  write(to, values) {
    to.u32(values.length);
    for (const value of values) to.u16(value);
  },
};

/** A value or `null`. */
export function option<T>(item: Schema<T>): Schema<T | null> {
  return {
    shape: { kind: "option", item },
    leastBytes: 1,
    read(from) {
      const present = from.u8();
      if (present > 1) throw new DecodeError("InvalidOption", `${present} is neither 0 nor 1`);
      return present === 1 ? item.read(from) : null;
    },
    write(to, value) {
      to.u8(value === null ? 0 : 1);
      if (value !== null) item.write(to, value);
    },
  };
}

/** Named fields, in order. */
export function struct<M extends Members>(fields: M): Schema<StructValue<M>> {
  const names = Object.keys(fields);
  const schemas = Object.values(fields);
  return {
    shape: { kind: "struct", fields },
    leastBytes: schemas.reduce((sum, schema) => sum + schema.leastBytes, 0),
    read(from) {
      const value: Record<string, unknown> = {};
      let index = 0;
      try {
        for (; index < names.length; index++) value[names[index]] = schemas[index].read(from);
      } catch (error) {
        throw locatedDecode(error, names[index]);
      }
      return value as StructValue<M>;
    },
    write(to, value) {
      let index = 0;
      try {
        for (; index < names.length; index++) schemas[index].write(to, value[names[index]]);
      } catch (error) {
        throw locatedEncode(error, names[index]);
      }
    },
  };
}

/** One of several: an object with exactly one key. At most 256 variants; new ones are added at the end. */
export function union<M extends Members>(variants: M): Schema<UnionValue<M>> {
  const names = Object.keys(variants);
  const schemas = Object.values(variants);
  if (names.length === 0 || names.length > 256) throw new TypeError(`a union can't have ${names.length} variants`);
  const indexOf = new Map(names.map((name, index) => [name, index]));
  return {
    shape: { kind: "union", variants },
    leastBytes: 1 + Math.min(...schemas.map((schema) => schema.leastBytes)),
    read(from) {
      const index = from.u8();
      if (index >= names.length) throw new DecodeError("InvalidVariant", `${index} is not below ${names.length}`);
      const name = names[index];
      try {
        return { [name]: schemas[index].read(from) } as UnionValue<M>;
      } catch (error) {
        throw locatedDecode(error, name);
      }
    },
    write(to, value) {
      const name = onlyKey(value);
      const index = indexOf.get(name);
      if (index === undefined) throw new EncodeError(`unknown variant "${name}"`);
      try {
        to.u8(index);
        schemas[index].write(to, value[name as keyof typeof value]);
      } catch (error) {
        throw locatedEncode(error, name);
      }
    },
  };
}

function onlyKey(value: object): string {
  const keys = Object.keys(value);
  if (keys.length !== 1) throw new EncodeError(`a union value has exactly one key, not ${keys.length}`);
  return keys[0];
}

function locatedDecode(error: unknown, segment: string): unknown {
  return error instanceof DecodeError ? error.within(segment) : error;
}

/** A value of the wrong type (a number for a bigint, `undefined` for bytes) makes the built-in functions throw TypeError. */
function locatedEncode(error: unknown, segment: string): unknown {
  if (error instanceof TypeError) return new EncodeError(error.message).within(segment);
  return error instanceof EncodeError ? error.within(segment) : error;
}
