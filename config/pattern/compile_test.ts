import assert from "node:assert/strict";
import fc from "fast-check";
import { compilePattern, expandReplacement } from "./compile.ts";
import { PatternError } from "./error.ts";

const exact = { caseless: false };

Deno.test("compilePattern() reads what other engines write", () => {
  const cases: [pattern: string, matches: string[], others: string[]][] = [
    [".+\\.json", ["a.json"], ["json", "A.JSON"]],
    ["(?i)abc", ["ABC"], ["ab"]],
    ["(?P<user>\\S+)/(?P<app>\\w+)", ["x/y"], ["/"]],
    ["^[^[:space:]]+$", ["ab"], ["a b"]],
    ["a\\-b\\/c\\_d\\:e\\ f", ["a-b/c_d:e f"], ["ab"]],
    ["^{a}]$", ["{a}]"], ["a]"]],
    ["^(?!/health/)", ["/api"], ["/health/x"]],
    ["/home/\\S+/\\.config", ["/home/u/.config"], ["/home/u/config"]],
  ];
  for (const [pattern, matches, others] of cases) {
    const { regExp } = compilePattern(pattern, exact);
    for (const text of matches) assert.ok(regExp.test(text), `${pattern} should match ${JSON.stringify(text)}`);
    for (const text of others) assert.ok(!regExp.test(text), `${pattern} should not match ${JSON.stringify(text)}`);
  }
});

Deno.test("compilePattern() tells letters by their case only when it is to", () => {
  for (const [pattern, text] of [["é[a-b]\\x{43}", "ÉAc"], ["(a)\\1", "Aa"]] as const) {
    assert.ok(compilePattern(pattern, { caseless: true }).regExp.test(text), pattern);
    assert.ok(!compilePattern(pattern, exact).regExp.test(text), pattern);
  }
});

Deno.test("compilePattern() refuses what it would misread", () => {
  for (const pattern of ["(", "[z-a]", "\\y", "a{2,1}", "(?<n>a)(?<n>b)", "\\Qa\\E", "(?R)"]) {
    assert.throws(() => compilePattern(pattern, exact), PatternError, pattern);
  }
});

Deno.test("compilePattern() compiles or says that it cannot, whatever it is given", () => {
  const characters = fc.constantFrom(..."abAzhpLxPQ09\\[](){}^$.*+?|:<>=!-,_/ é".split(""));
  fc.assert(
    fc.property(fc.array(characters, { maxLength: 20 }), fc.boolean(), (parts, caseless) => {
      try {
        compilePattern(parts.join(""), { caseless });
      } catch (error) {
        assert.ok(error instanceof PatternError);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("compilePattern() means by a literal text what it says", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const literal = text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
      assert.ok(compilePattern(`^${literal}$`, exact).regExp.test(text));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("expandReplacement() puts groups in", () => {
  const expression = compilePattern("^/home/(?<user>\\w+)/(\\w+)", exact);
  const match = expression.regExp.exec("/home/joe/app/x")!;
  assert.equal(expandReplacement("/mnt/${user}-$2/$$1/$user/$9/$nope", match, expression), "/mnt/joe-app/$1/joe//");
});
