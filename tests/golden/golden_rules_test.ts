import assert from "node:assert/strict";
import { setsOf } from "../../cli/rules/test_table.ts";
import { PathRules } from "../../protocol/layer/messages.ts";
import { decode } from "../../protocol/schema.ts";
import { rulesOfVectors, type RulesVectors } from "./path_rules.ts";
import { runZigTest } from "./zig.ts";

const vectors: RulesVectors = JSON.parse(await Deno.readTextFile(new URL("./path_rules.json", import.meta.url)));

Deno.test("the golden table and today's say the same of every path", () => {
  const golden = decode(PathRules, Uint8Array.fromHex(vectors.table));
  const { table } = rulesOfVectors();
  for (const { path, sets } of vectors.paths) {
    assert.equal(setsOf(golden, Uint8Array.fromHex(path)), sets, path);
    assert.equal(setsOf(table, Uint8Array.fromHex(path)), sets, path);
  }
});

Deno.test("the layer says the same of every path (golden_rules.zig)", async () => {
  await runZigTest(new URL("./golden_rules.zig", import.meta.url), ["protocol", "rules"]);
});
