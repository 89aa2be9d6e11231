import assert from "node:assert/strict";
import fc from "fast-check";
import { DotenvError, parseDotenv } from "./dotenv.ts";

const parse = (text: string) => Object.fromEntries(parseDotenv(text, (name) => ({ KNOWN: "k" })[name]));

Deno.test("parseDotenv() reads what such files hold", () => {
  const text = [
    "# comment",
    "",
    "PLAIN=value with blanks  ",
    "  export EXPORTED = x # comment",
    "COLOR=#fff # white",
    "EMPTY=",
    "EQUALS=a=b=c",
    "SINGLE='a $KNOWN \\n \"b\"' # c",
    'DOUBLE="a\\n\\"b\\" \\\\ \\$KNOWN"',
    'LINES="one',
    'two"',
    "EXPANDED=$KNOWN-${KNOWN}-$NOPE-${EQUALS}",
    "dotted.name=1",
    "PLAIN=last one counts",
  ].join("\r\n");
  assert.deepEqual(parse(`\uFEFF${text}\r\n`), {
    PLAIN: "last one counts",
    EXPORTED: "x",
    COLOR: "#fff",
    EMPTY: "",
    EQUALS: "a=b=c",
    SINGLE: 'a $KNOWN \\n "b"',
    DOUBLE: 'a\n"b" \\ $KNOWN',
    LINES: "one\ntwo",
    EXPANDED: "k-k--a=b=c",
    "dotted.name": "1",
  });
});

Deno.test("parseDotenv() names the line it cannot read", () => {
  const cases: [string, string][] = [
    ["A=1\nnonsense", "line 2: expected NAME=value"],
    ["1A=1", "line 1: expected NAME=value"],
    ["A='x", "line 1: a quote has no end"],
    ['A="x\ny\n', "line 1: a quote has no end"],
    ['A="x\ny"\nB="z" w', "line 3: something follows the closing quote"],
  ];
  for (const [text, message] of cases) assert.throws(() => parse(text), { name: "DotenvError", message });
});

Deno.test("parseDotenv() ends, whatever it is given", () => {
  const part = fc.constantFrom("A", "=", '"', "'", "\\", "\n", " ", "#", "$", "{", "}", "export ", "\r\n");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      try {
        parse(parts.join(""));
      } catch (error) {
        assert.ok(error instanceof DotenvError);
      }
    }),
    { numRuns: 3000 },
  );
});
