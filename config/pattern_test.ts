import assert from "node:assert/strict";
import fc from "fast-check";
import { compilePattern, expandReplacement, PatternError } from "./pattern.ts";

Deno.test("compilePattern() reads what other engines write", () => {
  const cases: [pattern: string, matches: string[], others: string[]][] = [
    [".+\\.json", ["a.json"], ["json"]],
    ["(?i)abc", ["ABC"], ["ab"]],
    ["(?P<user>\\S+)/(?P<app>\\w+)", ["x/y"], ["/"]],
    ["\\Aabc\\z", ["abc"], ["abc\n", "xabc"]],
    ["^[[:alpha:]_]+$", ["aB_"], ["a1"]],
    ["^[^[:space:]]+$", ["ab"], ["a b"]],
    ["\\x{41}\\h", ["Af"], ["Ag"]],
    ["a\\-b\\/c\\_d\\:e\\ f", ["a-b/c_d:e f"], ["ab"]],
    ["^\\pL+$", ["é"], ["1"]],
    ["^a{2,3}$", ["aa"], ["a"]],
    ["^{a}]$", ["{a}]"], ["a"]],
    ["^(?!/health/)", ["/api"], ["/health/x"]],
    ["[a\\-z]", ["-"], ["b"]],
    ["/home/\\S+/\\.config", ["/home/u/.config"], ["/home/u/config"]],
  ];
  for (const [pattern, matches, others] of cases) {
    const expression = compilePattern(pattern);
    for (const text of matches) assert.ok(expression.test(text), `${pattern} should match ${JSON.stringify(text)}`);
    for (const text of others) assert.ok(!expression.test(text), `${pattern} should not match ${JSON.stringify(text)}`);
  }
});

Deno.test("compilePattern() refuses what it would misread", () => {
  for (
    const pattern of ["(", "a**", "[z-a]", "(?>a)", "a++", "(?x)a b", "\\y", "a{2,1}", "(?<n>a)(?<n>b)", "\\Qa\\E"]
  ) {
    assert.throws(() => compilePattern(pattern), PatternError, pattern);
  }
});

Deno.test("compilePattern() quotes the pattern in its message", () => {
  assert.throws(() => compilePattern("(a"), { message: /^`\(a` is no valid regular expression: Unterminated group$/ });
});

Deno.test("compilePattern() compiles or says that it cannot, whatever it is given", () => {
  const characters = fc.constantFrom(..."abAzhpLxPQ09\\[](){}^$.*+?|:<>=!-,_/ é".split(""));
  fc.assert(
    fc.property(fc.array(characters, { maxLength: 20 }), (parts) => {
      try {
        compilePattern(parts.join(""), "i");
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
      assert.ok(compilePattern(`^${literal}$`, "s").test(text));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("expandReplacement() puts groups in", () => {
  const match = compilePattern("^/home/(?<user>\\w+)/(\\w+)").exec("/home/joe/app/x")!;
  assert.equal(expandReplacement("/mnt/${user}-$2/$$1/$user/$9/$nope", match), "/mnt/joe-app/$1/joe//");
});
