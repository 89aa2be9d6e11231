/** The table against the expressions it was made from, on generated patterns and paths. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compilePattern } from "../../config/pattern/compile.ts";
import { compilePathRules, type FilesMode } from "./path_rules.ts";
import { emptyInput, tableVerdict } from "./test_table.ts";

const seed = Number(Deno.env.get("MIRRORD_FUZZ_SEED") ?? Date.now() % 0x8000_0000);
const runs = Number(Deno.env.get("MIRRORD_FUZZ_ROUNDS") ?? 150);

/** Syntax that JavaScript (flags `iu`) reads in the same way. No k and s: their case has more than two members there. */
const commonAtoms = [
  "a",
  "b",
  "ab",
  "C",
  "/",
  "\\.",
  ".",
  "[ab]",
  "[^/]",
  "[^a-c/]",
  "^",
  "$",
  "é",
  "x{2}",
  "ab?",
  "/b*",
  "1",
];
const richAtoms = [
  ...commonAtoms,
  "\\d",
  "\\w+",
  "\\s",
  "\\b",
  "\\B",
  "(?-i)A",
  "[[:alpha:]]",
  "[\\w&&[^a]]",
  "(?m)^",
  "\\<",
];

function patternOf(atoms: string[]): fc.Arbitrary<string> {
  const atom = fc.constantFrom(...atoms);
  const sequence = fc.array(atom, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
  const choice = fc.tuple(sequence, sequence).map(([left, right]) => `(${left}|${right})`);
  const repeat = fc.tuple(choice, fc.constantFrom("*", "+", "?", "{1,2}", "{2,}", "+?")).map(([item, count]) =>
    item + count
  );
  return fc.array(fc.oneof({ weight: 3, arbitrary: sequence }, choice, repeat), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join(""));
}

const pieces = [
  "/",
  "/",
  "/",
  "a",
  "b",
  "C",
  "A",
  "c",
  "x",
  "1",
  ".",
  ".so",
  ".js",
  "/etc",
  "/hosts",
  "/usr",
  "/home/dev",
  "/.kube",
];
const oddPieces = ["é", "É", "日", "\n", " ", "_", "٣", "🙂"];
const path = fc.array(fc.constantFrom(...pieces, ...pieces, ...oddPieces), { maxLength: 10 })
  .map((parts) => "/" + parts.join(""));

const mode = fc.constantFrom<FilesMode>("local", "localwithoverrides", "read", "write");

Deno.test("the table never contradicts the expressions, and seldom asks", () => {
  const lists = fc.record({
    notFound: fc.array(patternOf(richAtoms), { maxLength: 1 }),
    readWrite: fc.array(patternOf(richAtoms), { maxLength: 1 }),
    readOnly: fc.array(patternOf(richAtoms), { maxLength: 1 }),
    local: fc.array(patternOf(richAtoms), { maxLength: 1 }),
  });
  const count = { answered: 0, asked: 0 };
  const property = fc.property(lists, mode, fc.array(path, { minLength: 40, maxLength: 40 }), (lists, mode, paths) => {
    const rules = compilePathRules({ ...emptyInput, ...lists, mode });
    for (const path of paths) {
      const bytes = new TextEncoder().encode(path);
      for (const write of [false, true]) {
        const fromTable = tableVerdict(rules.table, mode, bytes, write);
        count[fromTable === "ask" ? "asked" : "answered"]++;
        if (fromTable === "ask") continue;
        assert.equal(fromTable, rules.decide(bytes, write).verdict, `${JSON.stringify(path)} write ${write}`);
      }
    }
  });
  fc.assert(property, { seed, numRuns: runs });
  // Asked for are kinds of characters beyond ASCII, and the odd set of patterns that makes too large a table.
  assert.ok(count.asked < count.answered / 5, JSON.stringify(count));
});

Deno.test("patterns that JavaScript reads alike match alike", () => {
  const property = fc.property(patternOf(commonAtoms), fc.array(path, { minLength: 20 }), (pattern, paths) => {
    const ours = compilePattern(pattern, { caseless: true }).regExp;
    const theirs = new RegExp(pattern, "iu");
    for (const path of paths) assert.equal(ours.test(path), theirs.test(path), JSON.stringify(path));
  });
  fc.assert(property, { seed, numRuns: runs * 4 });
});

Deno.test("no text makes the parser fail other than by name", () => {
  const alphabet = [..."ab(){}[]?*+|\\^$.-&~:<>=!,12xpPdwk_#"];
  const text = fc.array(fc.constantFrom(...alphabet), { maxLength: 20 }).map((parts) => parts.join(""));
  const property = fc.property(text, (text) => {
    try {
      compilePattern(text, { caseless: true }).regExp.test("/a/b");
    } catch (error) {
      assert.equal((error as Error).name, "PatternError", `${text}: ${error}`);
    }
  });
  fc.assert(property, { seed, numRuns: runs * 40 });
});
