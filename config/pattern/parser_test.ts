import assert from "node:assert/strict";
import { PatternError } from "./error.ts";
import { toExpression } from "./javascript.ts";
import { parsePattern } from "./parser.ts";

const parse = (pattern: string) => parsePattern(pattern, { caseless: true });

function matches(pattern: string, text: string): boolean {
  return toExpression(parse(pattern)).regExp.test(text);
}

/** Pattern, texts it matches, texts it doesn't. */
const truths: [string, string[], string[]][] = [
  ["abc", ["abc", "xABCy"], ["ab c"]],
  ["(?-i)abc", ["abc"], ["Abc"]],
  ["a(?-i:B)c", ["aBC"], ["abc"]],
  ["x(?-i)y|Z", ["Xy", "Z"], ["XY", "z"]],
  ["(?x) a b # comment\n c", ["abc"], ["a b c"]],
  ["(?#comment)a", ["a"], ["b"]],
  ["^/a$", ["/a"], ["/a\n", "/ab", "b/a"]],
  ["(?m)^b$", ["a\nb\nc"], ["ab\nc"]],
  ["\\Aa\\z", ["a"], ["a\n"]],
  ["a\\Z", ["a", "a\n\n"], ["ab"]],
  ["a.c", ["abc", "a\rc", "a\u2028c", "a🙂c"], ["a\nc", "ac"]],
  ["(?s)a.c", ["a\nc"], ["ac"]],
  ["[a-c]x", ["Bx"], ["dx"]],
  ["[^a-c]x", ["dx", "éx"], ["Bx", "x"]],
  ["[]a]b", ["]b", "ab"], ["b"]],
  ["[a-]b", ["-b", "ab"], ["bb"]],
  ["[-a]b", ["-b", "ab"], ["bb"]],
  ["[a[0-9]]x", ["5x", "ax"], ["bx"]],
  ["[a-z&&[^aeiou]]$", ["b"], ["e", "5"]],
  ["[a-z--m]$", ["n"], ["m"]],
  ["[a-m~~h-z]$", ["a", "z"], ["i"]],
  ["[[:digit:]_]$", ["5", "_"], ["a"]],
  ["[[:^digit:]]$", ["a"], ["5"]],
  ["[\\d.]$", ["5", ".", "٣"], ["a"]],
  ["\\d", ["5", "٣"], ["a"]],
  ["(?-u)\\d", ["5"], ["٣"]],
  ["\\w\\W", ["é-"], ["éa"]],
  ["\\s", [" ", "\u2003"], ["a"]],
  ["\\h\\H", ["fg"], ["ff"]],
  ["\\pL\\p{Greek}\\P{Lu}", ["xα5"], ["xx5"]],
  ["\\p{^Nd}$", ["a"], ["5"]],
  ["\\p{lowercase letter}|\\p{Script=cyrillic}", ["a", "ж"], ["5"]],
  ["\\bcat\\b", ["a cat.", "cat"], ["écat", "cats"]],
  ["\\Bcat", ["scat", "écat"], ["cat"]],
  ["\\b{start}c|t\\>", ["cx", "xt"], ["xcx", "tx"]],
  ["^a{2}$", ["aa"], ["a", "aaa"]],
  ["^a{2,}$", ["aaa"], ["a"]],
  ["^a{,2}$", ["", "aa"], ["aaa"]],
  ["^a{1,2}?b$", ["ab", "aab"], ["b"]],
  ["^a++ab$", [], ["aaab"]],
  ["^(?>a+)b$", ["aab"], ["aa"]],
  ["a{b", ["a{b"], ["ab"]],
  ["a}]", ["a}]"], ["a"]],
  ["a**b", ["b", "aab"], ["a"]],
  ["(a)(b)\\2\\1", ["abba"], ["abab"]],
  ["(?P<x>a|b)(?P=x)", ["aa", "BB"], ["ab"]],
  ["(?<x>a|b)\\k<x>", ["bb"], ["ba"]],
  ["(?>(a))(b)\\2$", ["abb"], ["aba"]],
  ["a(?=b)", ["ab"], ["ac"]],
  ["a(?!b)", ["ac"], ["ab"]],
  ["(?<=a)b", ["ab"], ["cb"]],
  ["(?<!a)b", ["cb"], ["ab"]],
  ["\\x41\\x{42}\\u0043\\u{44}\\U00000045\\t", ["ABCDE\t"], ["ABCD"]],
  ["\\.\\/\\-\\#\\ ", [".\/-# "], ["x"]],
  ["é", ["É"], ["e"]],
  ["", ["", "a"], []],
];

Deno.test("patterns mean what they mean to their users' other tools", () => {
  for (const [pattern, yes, no] of truths) {
    for (const text of yes) assert.ok(matches(pattern, text), `${pattern} must match ${JSON.stringify(text)}`);
    for (const text of no) assert.ok(!matches(pattern, text), `${pattern} must not match ${JSON.stringify(text)}`);
  }
});

/** Pattern, position of the fault, what is said about it. */
const faults: [string, number, RegExp][] = [
  ["*a", 0, /nothing to repeat/],
  ["a|+", 2, /nothing to repeat/],
  ["(a", 0, /group has no end/],
  ["a)", 1, /closing parenthesis/],
  ["x[a", 1, /class has no end/],
  ["[", 0, /class has no end/],
  ["[z-a]", 1, /range/],
  ["[a-\\d]", 1, /range/],
  ["a\\q", 1, /unknown escape \\q/],
  ["\\", 0, /backslash at the end/],
  ["\\x{110000}", 0, /no such character/],
  ["\\ud800", 0, /no such character/],
  ["\\xg", 0, /hexadecimal/],
  ["\\p{Nope}", 0, /unknown property Nope/],
  ["[[:nope:]]", 1, /unknown class/],
  ["(?z)a", 0, /unknown flag z/],
  ["(?R)a", 0, /unknown flag R/],
  ["(?(1)a)", 0, /unknown kind of group/],
  ["a{3,2}", 1, /less than the least/],
  ["a{1001}", 1, /more than 1000/],
  ["a{}", 1, /without a number/],
  ["(?<a>x)(?<a>y)", 7, /two groups named a/],
  ["\\2(x)", 0, /no group 2/],
  ["\\Ka", 0, /unknown escape/],
  ["(".repeat(101), 100, /nested too deeply/],
  ["[".repeat(60), 51, /nested too deeply/],
];

Deno.test("a bad pattern is named with the position of its fault", () => {
  for (const [pattern, position, reason] of faults) {
    assert.throws(() => parse(pattern), (error: PatternError) => {
      assert.equal(error.name, "PatternError", `${pattern}: ${error}`);
      assert.equal(error.pattern, pattern);
      assert.equal(error.position, position, `${pattern}: ${error.message}`);
      assert.match(error.reason, reason);
      return true;
    });
  }
});

Deno.test("the message of a bad pattern points at the fault", () => {
  const error = new PatternError("a\\q", 1, "unknown escape \\q").inSetting("feature.fs.local");
  assert.equal(error.message, "bad pattern in feature.fs.local: unknown escape \\q\n  a\\q\n   ^");
});

Deno.test("groups keep their numbers and names although atomic groups take some", () => {
  const expression = toExpression(parse("(?>x+)(?<name>a)(b)"));
  const match = expression.regExp.exec("xxab")!;
  assert.equal(match[expression.groupIndex("name")!], "a");
  assert.equal(match[expression.groupIndex("2")!], "b");
  assert.equal(match[expression.groupIndex("0")!], "xxab");
  assert.equal(expression.groupIndex("3"), undefined);
});
