import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonSyntaxError, parseJson } from "./parse_json.ts";

Deno.test("parseJson() reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1, 2), (text, indent) => {
      const value = JSON.parse(text);
      const spaced = JSON.stringify(value, null, indent);
      assert.equal(JSON.stringify(parseJson(spaced).value), JSON.stringify(value));
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseJson() allows comments and trailing commas", () => {
  const { value } = parseJson('\uFEFF// first\n{ "a": [1, 2,], /* b\n */ "c": "// no comment", } // last');
  assert.deepEqual(value, { a: [1, 2], c: "// no comment" });
});

Deno.test("parseJson() knows the lines of keys", () => {
  const { lines } = parseJson('{\n"a": {\n\n"b": [\n1,\n2]}}');
  assert.deepEqual(Object.fromEntries(lines), { a: 2, "a.b": 4, "a.b.0": 5, "a.b.1": 6 });
});

Deno.test("parseJson() says where it stopped understanding", () => {
  const cases: [string, string, number, number][] = [
    ["{", "`}` is missing for what begins in line 1", 1, 2],
    ['{"a": 1\n "b": 2}', "expected `,` or `}`", 2, 2],
    ['{"a" 1}', "expected a colon after the key `a`", 1, 6],
    ["{a: 1}", "expected a key in double quotes", 1, 2],
    ['{"a": yes}', "`yes` is no value (strings stand in double quotes)", 1, 7],
    ['{"a": "x\n"}', "a string has no end", 1, 7],
    ['{"a": "\\d"}', "a string holds a wrong escape or a control character (a backslash is written `\\\\`)", 1, 7],
    ['{"a": 1, "a": 2}', "the key `a` stands twice", 1, 13],
    ["{} {}", "something follows the end of the document", 1, 4],
    ["[1,,2]", "expected a value", 1, 4],
    ["[01]", "`01` is no value (strings stand in double quotes)", 1, 2],
    ['{"a": }', "expected a value", 1, 7],
  ];
  for (const [text, message, line, column] of cases) {
    assert.throws(() => parseJson(text), (error: unknown) => {
      assert.ok(error instanceof JsonSyntaxError, text);
      assert.deepEqual([error.message, error.line, error.column], [message, line, column]);
      return true;
    });
  }
});

Deno.test("parseJson() ends with a value or a named error, whatever it is given", () => {
  const part = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "a",
    "1",
    "\\",
    "/",
    "*",
    "//",
    "\n",
    " ",
    "true",
    "é",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      try {
        parseJson(parts.join(""));
      } catch (error) {
        assert.ok(error instanceof JsonSyntaxError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
  assert.throws(() => parseJson("[".repeat(100_000)), { message: /nested deeper/ });
});
