/** `mirrord-schema.json`, for completion and checks in editors. */
import * as z from "zod";
import { configSchema } from "../config.ts";
import { factsOf, shapeOf } from "../key.ts";

type JsonSchema = Record<string, unknown>;

/** The JSON schema (draft 7) of a configuration file as users write it, short forms and `null` included. */
export function jsonSchema(): JsonSchema {
  const schema = describeKey(configSchema, true);
  return { $schema: "http://json-schema.org/draft-07/schema#", title: "mirrord configuration", ...schema };
}

function describeKey(schema: z.core.$ZodType, isRoot = false): JsonSchema {
  const facts = factsOf(schema);
  const shape = shapeOf(schema);
  const canonical = shape === undefined ? leaf(schema) : objectSchema(shape);
  const described = { description: descriptionOf(facts) };
  if (isRoot) return { ...described, ...canonical };
  const forms = [canonical, ...(facts?.shortForms ?? [])].flatMap(alternatives);
  if (!forms.some((form) => form.type === "null") && Object.keys(canonical).length > 0) forms.push({ type: "null" });
  const { default: byDefault } = canonical;
  const body = forms.length === 1 ? forms[0]! : { anyOf: forms };
  return { ...described, ...(byDefault === undefined ? {} : { default: byDefault }), ...body };
}

function objectSchema(shape: Record<string, z.core.$ZodType>): JsonSchema {
  const properties = Object.fromEntries(Object.entries(shape).map(([name, child]) => [name, describeKey(child)]));
  return { type: "object", properties, additionalProperties: false };
}

function leaf(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...generated } = z.toJSONSchema(schema as z.ZodType, { io: "input", target: "draft-7" });
  return generated as JsonSchema;
}

function alternatives(schema: Readonly<JsonSchema>): JsonSchema[] {
  const { default: _, ...form } = schema;
  return Array.isArray(form.anyOf) && Object.keys(form).length === 1 ? form.anyOf : [form];
}

function descriptionOf(facts: ReturnType<typeof factsOf>): string {
  const notes = [facts?.doc ?? ""];
  if (facts?.unstable) notes.push("Unstable.");
  if (facts?.effect === "none") notes.push("Has no effect in this version.");
  if (facts?.effect === "refused") notes.push("Cannot be used in this version.");
  if (facts?.env !== undefined) notes.push(`Variable: ${facts.env.join(", ")}.`);
  return notes.join(" ");
}
