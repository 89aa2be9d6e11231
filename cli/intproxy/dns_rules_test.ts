import assert from "node:assert/strict";
import { parseDnsFilter } from "../../config/address_filter.ts";
import { type DnsRules, isResolvedAtTarget } from "./dns_rules.ts";

function list(side: "remote" | "local", ...entries: string[]): DnsRules["filter"] {
  return { side, entries: entries.map(parseDnsFilter) };
}

function sides(rules: Partial<DnsRules>, ...names: (string | [string, number])[]): boolean[] {
  return names.map((each) => {
    const [name, port] = typeof each === "string" ? [each, 0] : each;
    return isResolvedAtTarget(name, port, { filter: null, outgoing: null, ipv6: true, ...rules });
  });
}

Deno.test("without a filter every name is the target's", () => {
  assert.deepEqual(sides({}, "db", "db.internal"), [true, true]);
});

Deno.test("a filter lists names, whatever their case, for all services or one", () => {
  assert.deepEqual(sides({ filter: list("remote", "db.internal") }, "DB.internal.", "other"), [true, false]);
  assert.deepEqual(sides({ filter: list("local", "example.com") }, "example.com", "db"), [false, true]);
  assert.deepEqual(sides({ filter: list("remote", "db:5432") }, ["db", 5432], ["db", 80], "db"), [true, false, false]);
  assert.deepEqual(sides({ filter: list("local", ":80") }, ["db", 80], ["db", 81]), [false, true]);
});

Deno.test("names of outgoing.filter are resolved where they are reached, unless the own filter says otherwise", () => {
  const outgoing = list("local", "example.com");
  assert.deepEqual(sides({ outgoing }, "example.com", "db"), [false, true]);
  assert.deepEqual(sides({ outgoing, filter: list("remote", "db") }, "example.com", "db", "x"), [false, true, false]);
  assert.deepEqual(sides({ outgoing: list("remote", "db"), filter: list("remote", "x") }, "db", "x", "y"), [
    true,
    true,
    false,
  ]);
  assert.deepEqual(sides({ outgoing, filter: list("remote", "example.com") }, "example.com"), [true]);
});
