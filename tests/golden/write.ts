/**
 * Writes layer.json, agent.json and path_rules.json anew: `deno run -A tests/golden/write.ts`. Only after a wanted change of the messages;
 * the diff shows what it does to the bytes.
 */
import { encode, type Schema } from "../../protocol/schema.ts";
import { toJson } from "./json_value.ts";
import { samples } from "./samples.ts";
import { rulesVectors } from "./path_rules.ts";
import { joints, type Vector } from "./vectors.ts";

for (const [joint, messages] of Object.entries(joints)) {
  const vectors = Object.entries(messages).flatMap(([name, schema]) => vectorsOf(name, schema));
  const lines = vectors.map((vector) => JSON.stringify(vector));
  await Deno.writeTextFile(new URL(`./${joint}.json`, import.meta.url), `[\n${lines.join(",\n")}\n]\n`);
}

const rules = JSON.stringify(rulesVectors()).replaceAll("},{", "},\n{");
await Deno.writeTextFile(new URL("./path_rules.json", import.meta.url), `${rules}\n`);

function vectorsOf(message: string, schema: Schema<unknown>): Vector[] {
  return samples(schema).map((value) => ({
    message,
    value: toJson(schema, value),
    hex: encode(schema, value).toHex(),
  }));
}
