import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesFromText, textFromBytes } from "./byte_text.ts";

Deno.test("bytes survive the way to text, through JSON, and back", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    fc.array(fc.constantFrom(0xed, 0xb2, 0x80, 0xf0, 0x9f, 0x98, 0xff, 0x41, 0xc0, 0xe2), { maxLength: 12 })
      .map((list) => new Uint8Array(list)),
  );
  fc.assert(
    fc.property(bytes, (original) => {
      const text = JSON.parse(JSON.stringify(textFromBytes(original)));
      assert.deepEqual([...bytesFromText(text)], [...original]);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("UTF-8 is plain text", () => {
  const text = "é 😀 \uFEFF\0";
  assert.equal(textFromBytes(new TextEncoder().encode(text)), text);
  assert.equal(textFromBytes(new Uint8Array([0x61, 0xff, 0xc3, 0xa9])), "a\udcffé");
});
