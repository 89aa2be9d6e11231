/**
 * A configuration key: a zod schema, and the facts about it that zod does not know. The whole schema is made of these, and
 * everything else — checks, environment variables, `mirrord-schema.json`, `docs/config.md` — is read from it.
 */
import * as z from "zod";

// A configuration is checked once: to compile checks, as zod would, takes longer than to interpret them.
z.config({ jitless: true });

export interface KeyFacts {
  /** What the key does, in sentences: the text of the docs and of editors. */
  doc: string;
  /** Variables that set the key; the first one that is not empty wins. */
  env?: readonly string[];
  /** Makes the value in canonical form from a variable's text; throws an Error that says what was expected. */
  fromText?: (text: string, variable: string) => unknown;
  /** Makes the canonical form from a short form (`true`, a single string, …); what it does not know it gives back. */
  accept?: (raw: unknown) => unknown;
  /** The short forms in the words of JSON schema. */
  shortForms?: readonly Record<string, unknown>[];
  /** What is said to be expected when the type is wrong, if "object" or "array" would be too little. */
  expects?: string;
  /** The default in words, where the value alone says too little. */
  defaultDoc?: string;
  /** May change without notice; a warning says so when it is used. */
  unstable?: boolean;
  /**
   * Absent: does what it says. `none`: accepted so that existing files load, but it changes nothing; a warning says so.
   * `refused`: to ignore it would do harm; using it is an error. `elsewhere`: concerns another platform; accepted silently.
   */
  effect?: "none" | "refused" | "elsewhere";
}

const facts = z.registry<KeyFacts>();

/** Attaches facts to a schema. The schema must not be wrapped afterwards: a wrapper is another schema. */
export function key<Schema extends z.ZodType>(schema: Schema, keyFacts: KeyFacts): Schema {
  facts.add(schema, keyFacts);
  return schema;
}

/** The facts of a key, or undefined for the schema of a value inside a list or map. */
export function factsOf(schema: z.core.$ZodType): KeyFacts | undefined {
  return facts.get(schema as z.ZodType);
}

/** Facts of a simple key: its variable is one name, and the way from text is given by the kind of key. */
export type SimpleFacts = Omit<KeyFacts, "env" | "fromText"> & { env?: string };

function simple<Schema extends z.ZodType>(
  schema: Schema,
  given: SimpleFacts,
  fromText: NonNullable<KeyFacts["fromText"]>,
  extra: Partial<KeyFacts> = {},
): Schema {
  const { env, ...rest } = given;
  return key(schema, { ...extra, ...rest, ...(env === undefined ? {} : { env: [env], fromText }) });
}

/** `true` or `false`. */
export function flag(byDefault: boolean, given: SimpleFacts): z.ZodDefault<z.ZodBoolean> {
  return simple(z.boolean().default(byDefault), given, booleanFromText);
}

/** `true`, `false`, or undecided (null). */
export function optionalFlag(given: SimpleFacts): z.ZodDefault<z.ZodNullable<z.ZodBoolean>> {
  return simple(z.boolean().nullable().default(null), given, booleanFromText);
}

export interface IntegerRange {
  min?: number;
  max: number;
}

export const u16: IntegerRange = { max: 0xffff };
export const u32: IntegerRange = { max: 0xffff_ffff };
/** What JavaScript counts exactly: stands for u64. */
export const u53: IntegerRange = { max: Number.MAX_SAFE_INTEGER };

/** A whole number. Units belong into the documentation. */
export function integer(byDefault: number, range: IntegerRange, given: SimpleFacts): z.ZodDefault<z.ZodNumber> {
  return simple(bounded(range).default(byDefault), given, integerFromText);
}

export function optionalInteger(
  range: IntegerRange,
  given: SimpleFacts,
): z.ZodDefault<z.ZodNullable<z.ZodNumber>> {
  return simple(bounded(range).nullable().default(null), given, integerFromText);
}

function bounded(range: IntegerRange): z.ZodNumber {
  return z.number().int().min(range.min ?? 0).max(range.max);
}

export function text(byDefault: string, given: SimpleFacts): z.ZodDefault<z.ZodString> {
  return simple(z.string().default(byDefault), given, (value) => value);
}

export function optionalText(given: SimpleFacts): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  return simple(z.string().nullable().default(null), given, (value) => value);
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  byDefault: Words[number],
  given: SimpleFacts,
): z.ZodDefault<z.ZodEnum<{ [Word in Words[number]]: Word }>> {
  return simple(z.enum(words).default(byDefault as never), given, (value) => value) as never;
}

const listOfTexts = {
  accept: (raw: unknown) => (typeof raw === "string" ? [raw] : raw),
  shortForms: [{ type: "string" }],
  expects: "a string or a list of strings",
} as const;

/** A string or a list of strings; as a variable separated by `;`. */
export function textList(
  byDefault: readonly string[],
  given: SimpleFacts,
): z.ZodDefault<z.ZodArray<z.ZodString>> {
  return simple(z.array(z.string()).default([...byDefault]), given, splitList, listOfTexts);
}

/** Like `textList`, but "not given" (null) differs from an empty list. */
export function optionalTextList(given: SimpleFacts): z.ZodDefault<z.ZodNullable<z.ZodArray<z.ZodString>>> {
  return simple(z.array(z.string()).nullable().default(null), given, splitList, listOfTexts);
}

const port: z.ZodNumber = z.number().int().min(1).max(0xffff);

const listOfPorts = {
  accept: (raw: unknown) => (typeof raw === "number" ? [raw] : raw),
  shortForms: [{ type: "integer", minimum: 1, maximum: 0xffff }],
  expects: "a port or a list of ports",
} as const;

/** A port or a list of ports; as a variable separated by `;`. */
export function optionalPorts(given: SimpleFacts): z.ZodDefault<z.ZodNullable<z.ZodArray<z.ZodNumber>>> {
  return simple(z.array(port).nullable().default(null), given, portsFromText, listOfPorts);
}

/** Pairs of ports, `[[a, b], …]`. */
export function portPairs(
  given: SimpleFacts,
): z.ZodDefault<z.ZodArray<z.ZodTuple<[z.ZodNumber, z.ZodNumber], null>>> {
  return key(z.array(z.tuple([port, port])).default([]), { expects: "a list of pairs of ports", ...given } as KeyFacts);
}

/** A map from text to text. */
export function textMap(given: SimpleFacts): z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>> {
  return key(z.record(z.string(), z.string()).default({}), { expects: "a map of strings", ...given } as KeyFacts);
}

/** A key whose value is kept as it is, for parts of the product that are not there yet. */
export function anyValue(given: SimpleFacts): z.ZodDefault<z.ZodUnknown> {
  return key(z.unknown().default(null), given as KeyFacts);
}

/** A group of keys. Unknown keys in it are errors; left out, all its keys have their defaults. */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  keyFacts: KeyFacts,
): z.ZodPrefault<z.ZodObject<Shape, z.core.$strict>> {
  return key(z.strictObject(shape).prefault({} as never), keyFacts);
}

/** The short forms `true` (defaults) and `false` of a section. */
export function toggle(whenFalse: Record<string, unknown>): Pick<KeyFacts, "accept" | "shortForms" | "expects"> {
  return {
    accept: (raw) => (raw === true ? {} : raw === false ? whenFalse : raw),
    shortForms: [{ type: "boolean" }],
    expects: "true, false or an object",
  };
}

/** The keys of a section; undefined for any other key. */
export function shapeOf(schema: z.core.$ZodType): Record<string, z.core.$ZodType> | undefined {
  const outer = schema as z.ZodType;
  if (outer.def.type !== "prefault") return undefined;
  const inner = (outer as z.ZodPrefault<z.ZodType>).def.innerType;
  return inner.def.type === "object" ? (inner as z.ZodObject).shape : undefined;
}

/** Text of a variable as a boolean; throws on other words. */
export function booleanFromText(value: string): boolean {
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  throw new Error("expected true or false");
}

function integerFromText(value: string): number {
  if (!/^\s*\d+\s*$/.test(value)) throw new Error("expected a whole number");
  return Number(value);
}

/** Splits at `;`, dropping empty parts. */
export function splitList(value: string): string[] {
  return value.split(";").map((part) => part.trim()).filter((part) => part !== "");
}

function portsFromText(value: string): number[] {
  return splitList(value).map((part) => {
    const number = integerFromText(part);
    if (number < 1 || number > 0xffff) throw new Error("expected ports (1 to 65535) separated by ;");
    return number;
  });
}
