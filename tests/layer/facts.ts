/** Reads the `name value` lines that the C programs print. */
import { strictEqual } from "node:assert/strict";
import type { Ended } from "./programs.ts";

export function facts(ended: Ended): Map<string, string> {
  const lines = ended.stdout.trimEnd().split("\n").map((line) => {
    const space = line.indexOf(" ");
    return [line.slice(0, space), line.slice(space + 1)] as [string, string];
  });
  strictEqual(ended.stderr, "");
  strictEqual(ended.signal, null);
  return new Map(lines);
}

/** Compares facts by name, all of `expected`. */
export function expectFacts(ended: Ended, expected: Record<string, string>): void {
  const found = facts(ended);
  for (const [name, value] of Object.entries(expected)) strictEqual(found.get(name), value, name);
}
