import assert from "node:assert/strict";
import { list, struct, text, u16, u8, union } from "../schema.ts";
import { zigFile } from "./outputs.ts";
import { zigName, ZigTypes } from "./zig_types.ts";

Deno.test("layer/protocol.zig is what the messages say (else: deno task generate)", async () => {
  const { path, text } = await zigFile();
  assert.ok(text === await Deno.readTextFile(new URL(`../../${path}`, import.meta.url)));
});

Deno.test("types inside a type are named after their place", () => {
  const Range = struct({ first: u16 });
  const Outer = struct({ oneRange: Range, items: list(struct({ size: u8 })), any: union({ none: struct({}) }) });
  assert.deepEqual(new ZigTypes({ Range, Outer }).declarations, [
    "pub const Range = struct {\n    first: u16,\n};\n",
    "pub const OuterItemsItem = struct {\n    size: u8,\n};\n",
    "pub const OuterAny = union(enum(u8)) {\n    none: void,\n};\n",
    "pub const Outer = struct {\n    one_range: Range,\n    items: List(OuterItemsItem),\n    any: OuterAny,\n};\n",
  ]);
});

Deno.test("names that Zig reserves are quoted", () => {
  assert.equal(zigName("followLinks"), "follow_links");
  assert.equal(zigName("error"), '@"error"');
});

Deno.test("what Zig can't hold is refused when generating", () => {
  assert.throws(() => new ZigTypes({ Line: struct({ text }) }), /LineText is text/);
  const twice = { AB: struct({ x: u8 }), A: struct({ b: struct({}), B: struct({ y: u8 }) }) };
  assert.throws(() => new ZigTypes(twice), /two types would be called AB/);
});
