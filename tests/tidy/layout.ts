/**
 * The rules of the tree that a reader may rely on: who imports whom, where the operating system is called, how long a file
 * may be, and that nothing unfinished is left.
 */
import { sources } from "./sources.ts";

/** Folder → the folders of ours that it may import. Its own folder is always allowed. */
const imports: Record<string, string[]> = {
  protocol: [],
  config: [],
  agent: ["protocol"],
  cli: ["protocol", "config"],
};

/** Only here may native code be called. */
const fences = ["agent/system/", "cli/system/", "tests/"];
const maximumLines = 600;
/** A generated file says what it comes from in its first lines. */
const generatedMark = /\bGenerated from \S+/;
const markLines = 3;
const unfinished = new RegExp(["TO" + "DO", "FIX" + "ME", "X" + "XX"].map((word) => `\\b${word}\\b`).join("|"));

/** Returns a line for each broken rule. */
export async function layoutProblems(root: string): Promise<string[]> {
  const problems: string[] = [];
  for await (const path of sources(root, /\.(ts|zig)$/)) {
    const text = await Deno.readTextFile(`${root}/${path}`);
    problems.push(...importProblems(path, text), ...fileProblems(path, text));
  }
  return problems.sort();
}

function importProblems(path: string, text: string): string[] {
  const from = path.split("/")[0]!;
  const allowed = imports[from];
  if (allowed === undefined || !path.endsWith(".ts") || path.endsWith("_test.ts")) return [];
  const problems: string[] = [];
  for (const match of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
    const target = new URL(match[1]!, `file:///${path}`).pathname.slice(1).split("/")[0]!;
    if (target !== from && !allowed.includes(target)) problems.push(`${path}: ${from} must not import ${target}`);
  }
  return problems;
}

function fileProblems(path: string, text: string): string[] {
  const problems: string[] = [];
  const lines = text.split("\n");
  if (text.includes("Deno.dlopen(") && !fences.some((fence) => path.startsWith(fence))) {
    problems.push(`${path}: native code is called outside ${fences.join(", ")}`);
  }
  if (lines.length > maximumLines && !isGenerated(lines)) {
    problems.push(`${path}: ${lines.length} lines, at most ${maximumLines}`);
  }
  lines.forEach((line, index) => {
    if (unfinished.test(line) && !path.startsWith("tests/tidy/")) {
      problems.push(`${path}:${index + 1}: unfinished work`);
    }
  });
  if (/(^|\/)utils?\.(ts|zig)$/.test(path)) problems.push(`${path}: a file has a subject, not "utils"`);
  return problems;
}

function isGenerated(lines: string[]): boolean {
  return lines.slice(0, markLines).some((line) => generatedMark.test(line));
}
