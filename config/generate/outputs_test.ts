import assert from "node:assert/strict";
import { configSchema } from "../config.ts";
import { factsOf, shapeOf } from "../key.ts";
import { configFiles } from "./outputs.ts";

type Key = { path: string; schema: Parameters<typeof factsOf>[0] };

function allKeys(schema: Parameters<typeof shapeOf>[0] = configSchema, path: string[] = []): Key[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, child]) => [
    { path: [...path, name].join("."), schema: child },
    ...allKeys(child, [...path, name]),
  ]);
}

Deno.test("every key is documented, in a sentence", () => {
  for (const { path, schema } of allKeys()) {
    const doc = factsOf(schema)?.doc ?? "";
    assert.match(doc, /^(macOS|[A-Z`])[^]*[.*]$/, `${path}: ${doc}`);
  }
  assert.ok(allKeys().length > 150);
});

Deno.test("a variable belongs to one key", () => {
  const variables = allKeys().flatMap(({ schema }) => factsOf(schema)?.env ?? []);
  assert.deepEqual(variables.filter((name, index) => variables.indexOf(name) !== index), []);
});

Deno.test("the docs and the schema have every key", () => {
  const [schema, page] = configFiles();
  const parsed = JSON.parse(schema!.text);
  for (const { path } of allKeys()) {
    assert.match(page!.text, new RegExp(`^#+ ${path.replaceAll(".", "\\.")}$`, "m"));
    assert.ok(hasProperty(parsed, path.split(".")), path);
  }
});

// deno-lint-ignore no-explicit-any -- a JSON schema
function hasProperty(schema: any, path: string[]): boolean {
  if (path.length === 0) return true;
  const forms = [schema, ...schema.anyOf ?? []];
  return forms.some((form) => form.properties?.[path[0]!] && hasProperty(form.properties[path[0]!], path.slice(1)));
}
