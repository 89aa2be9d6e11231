/** Reads the `name value` lines that the C programs print. */
import { match, strictEqual } from "node:assert/strict";
import type { Ended } from "./programs.ts";

/** `complaints`: what may stand on stderr; nothing by default. */
function facts(ended: Ended, complaints: RegExp = /^$/): Map<string, string> {
  const lines = ended.stdout.trimEnd().split("\n").map((line) => {
    const space = line.indexOf(" ");
    return [line.slice(0, space), line.slice(space + 1)] as [string, string];
  });
  match(ended.stderr, complaints);
  strictEqual(ended.signal, null);
  return new Map(lines);
}

/** Compares facts by name, all of `expected`. */
export function expectFacts(ended: Ended, expected: Record<string, string>, complaints?: RegExp): void {
  const found = facts(ended, complaints);
  for (const [name, value] of Object.entries(expected)) strictEqual(found.get(name), value, name);
}
