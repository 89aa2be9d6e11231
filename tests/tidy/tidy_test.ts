/** The checks of `./dev ok` find what they are there for, in a small tree that breaks each rule once. */
import assert from "node:assert/strict";
import { checklistProblems } from "./checklist.ts";
import { commentProblems } from "./comments.ts";
import { documentProblems } from "./documents.ts";
import { exportProblems } from "./exports.ts";
import { layoutProblems } from "./layout.ts";
import { messageProblems } from "./messages.ts";

const unfinishedWord = "TO" + "DO";

const tree: Record<string, string> = {
  "agent/main.ts": 'import { load } from "../cli/load.ts";\nimport { a } from "../protocol/a.ts";\nload(a);\n',
  "agent/files/open.ts": "Deno.dlopen(library, {});\n",
  "agent/system/libc.ts": "Deno.dlopen(library, {});\n",
  "cli/load.ts":
    `// ${unfinishedWord}: later\nexport function load(x: unknown) { return x; }\nexport interface Shape { x: 1 }\n`,
  "cli/late.ts":
    "export const used = 1;\nexport const unused = 2;\nexport function f(x: Box): Box { return x; }\nexport type Box = 1;\n",
  "cli/start.ts": 'const { used } = await import("./late.ts");\nimport { f } from "./late.ts";\nf(used);\n',
  "cli/utils.ts": "",
  "cli/ui/terminal.ts": "/** As `load.ts`, agent/files/open.ts and `vanished.ts`. */\n",
  "protocol/a.ts": `export const a = 1;\n${"// a line\n".repeat(700)}`,
  "layer/made.zig": `//! Bytes.\n//! Generated from protocol/a.ts.\n${"// a line\n".repeat(700)}`,
  "docs/GUIDE.md": "See `agent/main.ts`, agent/files/, [a](../cli/load.ts), `lib/gone.ts`, cli/gone.ts. [b](gone.md)\n",
  "docs/checklist.md":
    "| M-003 | version | `cli/load_test.ts` |\n| M-018 | pid | `cli/gone_test.ts` |\n| M-018 | pid | – |\n",
  "docs/troubleshooting.md": "- **`the image … is not there`, `it was told\n  otherwise`**: why.\n",
  "cli/image.ts": 'throw new Error(`the image ${name} is ` +\n  "not there");\n',
  "docs/decisions/0001-first.md": "# 0001\n".repeat(41),
  "docs/decisions/0001-second.md": "# 0001\n",
  "cli/load_test.ts": 'Deno.test("x", () => {});\n',
};

async function inTree(check: (root: string) => Promise<string[]>): Promise<string[]> {
  const root = await Deno.makeTempDir({ prefix: "mirrord-tidy-" });
  for (const [path, text] of Object.entries(tree)) {
    await Deno.mkdir(`${root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  try {
    return await check(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("layout: imports, native code, long files, unfinished work, names", async () => {
  assert.deepEqual(await inTree(layoutProblems), [
    "agent/files/open.ts: native code is called outside agent/system/, cli/system/, tests/",
    "agent/main.ts: agent must not import cli",
    "cli/load.ts:1: unfinished work",
    'cli/utils.ts: a file has a subject, not "utils"',
    "protocol/a.ts: 702 lines, at most 600",
  ]);
});

Deno.test("exports: what nobody imports, but for types of a signature", async () => {
  assert.deepEqual(await inTree(exportProblems), [
    "cli/late.ts: unused is exported, and nobody imports it",
    "cli/load.ts: Shape is exported, and nobody imports it",
  ]);
});

Deno.test("documents: paths and links that lead nowhere, and decisions that are none", async () => {
  assert.deepEqual(await inTree(documentProblems), [
    "docs/GUIDE.md: there is no cli/gone.ts",
    "docs/GUIDE.md: there is no docs/gone.md",
    "docs/GUIDE.md: there is no lib/gone.ts",
    "docs/checklist.md: there is no cli/gone_test.ts",
    "docs/decisions/0001-first.md: 41 lines, at most 40",
    "docs/decisions/0001-second.md: another decision has the number 0001",
  ]);
});

Deno.test("comments: files that are not there", async () => {
  assert.deepEqual(await inTree(commentProblems), ["cli/ui/terminal.ts:1: there is no vanished.ts"]);
});

Deno.test("checklist: numbers without a line, lines without a test", async () => {
  const problems = await inTree(checklistProblems);
  for (
    const problem of [
      "M-018: cli/gone_test.ts holds no test",
      "M-018 has two lines",
      "M-013 is promised and has no line",
    ]
  ) {
    assert.ok(problems.includes(`docs/checklist.md: ${problem}`), `${problem} in ${problems.join("\n")}`);
  }
  assert.ok(!problems.some((problem) => problem.includes("M-003")));
});

Deno.test("messages: explained, and said nowhere", async () => {
  assert.deepEqual(await inTree(messageProblems), [
    'docs/troubleshooting.md: nothing says "it was told otherwise"',
  ]);
});
