import assert from "node:assert/strict";
import { PatternError } from "../../config/pattern/error.ts";
import { compilePathRules, type FilesMode, Verdict } from "./path_rules.ts";
import { emptyInput, tableVerdict } from "./test_table.ts";

const names = ["local", "remote", "notFound"] as const;

/** The verdict's name, after checking that the table says the same, or asks where it may. */
function verdict(rules: ReturnType<typeof compilePathRules>, mode: FilesMode, path: string, write = false): string {
  const bytes = new TextEncoder().encode(path);
  const { verdict } = rules.decide(bytes, write);
  const fromTable = tableVerdict(rules.table, mode, bytes, write);
  assert.ok(fromTable === "ask" || fromTable === verdict, `${path}: table ${fromTable}, decide ${verdict}`);
  return names[verdict];
}

Deno.test("without patterns of the user, the defaults decide", () => {
  const rules = compilePathRules(emptyInput);
  const local = [
    "/",
    "/proc/self/maps",
    "/usr/lib/libc.so.6",
    "/app/lib/x.so",
    "/app/index.js",
    "/app/node_modules/x/index.mjs",
    "/etc/passwd",
    "/LIB/x",
    "/home/dev/src/app/config.toml",
    "/home/dev/.ssh/id",
    "/tmp/x",
    "/x/jvm.cfg",
    "/srv/bin/program",
    "/srv/tools/bin/bash",
    "/Program Files/x",
    "/a/package.json",
    "/venv.cfg",
    "/a/.asdf/x",
  ];
  const remote = [
    "/app/config.json",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/ssl/certs/ca.pem",
    "/var/run/secrets/token",
    "/libs",
    "/procfs",
    "/app/x.sofa",
    "/root/x",
    "/a/.asdf/",
  ];
  for (const path of local) assert.equal(verdict(rules, "read", path), "local", path);
  for (const path of remote) assert.equal(verdict(rules, "read", path), "remote", path);
  for (const path of ["/home/dev/.kube/config", "/home/dev/.azure", "/home/dev/.config/gcloud/x"]) {
    assert.equal(verdict(rules, "read", path), "notFound", path);
  }
});

Deno.test("the directories that lead to the program's code are local, what else they hold is not", () => {
  const rules = compilePathRules({ ...emptyInput, workingDirectory: "/shop/api/src" });
  for (const path of ["/shop", "/shop/", "/shop/api", "/srv", "/srv/bin"]) {
    assert.equal(verdict(rules, "read", path), "local", path);
  }
  for (const path of ["/shop/other", "/sho", "/srv/www"]) {
    assert.equal(verdict(rules, "read", path), "remote", path);
  }
  assert.equal(verdict(compilePathRules({ ...emptyInput, readOnly: ["^/srv"] }), "read", "/srv"), "remote");
});

Deno.test("the mode decides about what no pattern speaks of", () => {
  const wanted: [FilesMode, string, boolean, string][] = [
    ["local", "/data/x", false, "local"],
    ["local", "/etc/hosts", false, "local"],
    ["local", "/home/dev/.kube/config", false, "local"],
    ["localwithoverrides", "/data/x", false, "local"],
    ["localwithoverrides", "/etc/hosts", false, "remote"],
    ["read", "/data/x", false, "remote"],
    ["read", "/data/x", true, "local"],
    ["read", "/etc/hosts", true, "local"],
    ["write", "/data/x", true, "remote"],
    ["write", "/etc/hosts", true, "local"],
    ["write", "/etc/other", true, "local"],
  ];
  for (const [mode, path, write, expected] of wanted) {
    assert.equal(verdict(compilePathRules({ ...emptyInput, mode }), mode, path, write), expected, `${mode} ${path}`);
  }
});

Deno.test("patterns of the user count in their order of strength", () => {
  const rules = compilePathRules({
    ...emptyInput,
    mode: "write",
    notFound: ["^/a/1"],
    readWrite: ["^/a/[12]"],
    readOnly: ["^/a/[123]"],
    local: ["^/a/"],
  });
  assert.equal(verdict(rules, "write", "/a/1", true), "notFound");
  assert.equal(verdict(rules, "write", "/a/2", true), "remote");
  assert.equal(verdict(rules, "write", "/a/3", true), "local");
  assert.equal(verdict(rules, "write", "/a/3"), "remote");
  assert.equal(verdict(rules, "write", "/a/4"), "local");
  assert.equal(verdict(rules, "write", "/b/4", true), "remote");
  const overrides = compilePathRules({ ...emptyInput, readWrite: ["/etc/app"], local: ["/etc/hosts"] });
  assert.equal(verdict(overrides, "read", "/etc/app/x", true), "remote");
  assert.equal(verdict(overrides, "read", "/etc/hosts"), "local");
});

Deno.test("a path is mapped first, by the first pattern that matches", () => {
  const mapping = { "^/a/(\\w+)/(?<rest>.*)$": "/data/${rest}/$1", "/a/": "/etc/", "dollar": "$$1${none}" };
  const rules = compilePathRules({ ...emptyInput, mapping });
  const decide = (path: string) => {
    const { verdict, mapped } = rules.decide(new TextEncoder().encode(path), false);
    assert.equal(tableVerdict(rules.table, "read", new TextEncoder().encode(path), false), "ask");
    return [names[verdict], mapped === null ? null : new TextDecoder().decode(mapped)];
  };
  assert.deepEqual(decide("/a/x/y/z"), ["remote", "/data/y/z/x"]);
  assert.deepEqual(decide("/a/x"), ["local", "/etc/x"]);
  assert.deepEqual(decide("/b/a/x/a/"), ["remote", "/b/etc/x/a/"]);
  assert.deepEqual(decide("/dollar/"), ["remote", "/$1/"]);
  const localMode = compilePathRules({ ...emptyInput, mode: "local", mapping });
  assert.equal(tableVerdict(localMode.table, "local", new TextEncoder().encode("/a/x"), false), "ask");
  assert.equal(tableVerdict(localMode.table, "local", new TextEncoder().encode("/etc/hosts"), false), Verdict.local);
});

Deno.test("relative paths are local and never mapped, but can be hidden", () => {
  const rules = compilePathRules({ ...emptyInput, notFound: ["secret"], readWrite: ["x"], mapping: { "x": "y" } });
  const decide = (path: string) => rules.decide(new TextEncoder().encode(path), false);
  assert.deepEqual(decide("x/file"), { verdict: Verdict.local, mapped: null });
  assert.deepEqual(decide("a/secret"), { verdict: Verdict.notFound, mapped: null });
});

Deno.test("slashes and dots that say nothing change nothing", () => {
  const rules = compilePathRules(emptyInput);
  for (const path of ["//etc//hosts", "/./etc/./hosts", "/etc/.//./hosts"]) {
    assert.equal(verdict(rules, "read", path), "remote", path);
  }
  assert.equal(verdict(rules, "read", "/etc/..hosts"), "local");
});

Deno.test("a path that is not UTF-8 is left to the proxy where that matters", () => {
  const rules = compilePathRules({ ...emptyInput, local: ["^/data/.\\.txt$"] });
  const odd = Uint8Array.of(...new TextEncoder().encode("/data/"), 0xff, ...new TextEncoder().encode(".txt"));
  assert.equal(tableVerdict(rules.table, "read", odd, false), "ask");
  assert.equal(rules.decide(odd, false).verdict, Verdict.local);
  const cut = new TextEncoder().encode("/data/é").subarray(0, -1);
  assert.equal(tableVerdict(rules.table, "read", cut, false), "ask");
  const home = Uint8Array.of(...new TextEncoder().encode("/home/x/"), 0xff);
  assert.equal(tableVerdict(rules.table, "read", home, false), Verdict.local);
});

Deno.test("characters beyond ASCII are matched in any case", () => {
  const rules = compilePathRules({ ...emptyInput, workingDirectory: "/srv/josé", readOnly: ["/données/.\\.x$"] });
  assert.equal(verdict(rules, "read", "/srv/JOSÉ/x"), "local");
  assert.equal(verdict(rules, "read", "/srv/jose/x", true), "local");
  assert.equal(verdict(rules, "read", "/usr/DONNÉES/日.x"), "remote");
  const bytes = new TextEncoder().encode("/srv/josé/日本語");
  assert.equal(tableVerdict(rules.table, "read", bytes, false), Verdict.local);
});

Deno.test("only paths that a pattern could concern are asked for when a table can't hold it", () => {
  const rules = compilePathRules({ ...emptyInput, local: ["^/app/(?!config)", "^/(\\w)\\1/", "/v\\d/"] });
  const ask = (path: string) => tableVerdict(rules.table, "read", new TextEncoder().encode(path), false) === "ask";
  for (const path of ["/app/x", "/app/config", "/aa/x", "/ab/x", "/vé/"]) assert.ok(ask(path), path);
  for (const path of ["/apps", "/data", "/v5/", "/xé", "/hosts"]) assert.ok(!ask(path), path);
  assert.equal(verdict(rules, "read", "/app/x"), "local");
  assert.equal(verdict(rules, "read", "/app/config"), "remote");
});

Deno.test("patterns that would make the table too large are looked at by the proxy", () => {
  const rules = compilePathRules({
    ...emptyInput,
    local: ["a.{12}b.{12}c", "^/anchored/.{12}x.*y", "(x{1000}){9}yes"],
    readOnly: ["foo.*bar.*baz", "hello.*world", "one.*two.*three"],
  });
  assert.ok(rules.table.next.length <= 150_000);
  assert.equal(verdict(rules, "read", "/foo/bar/baz", true), "local");
  assert.equal(verdict(rules, "read", "/etc/hello/world"), "remote");
  const plain = new TextEncoder().encode("/etc/fstab");
  assert.notEqual(
    tableVerdict(rules.table, "read", new TextEncoder().encode("/etc/hello/world"), false),
    Verdict.local,
  );
  assert.ok(rules.decide(plain, false).verdict === Verdict.local);
});

Deno.test("what a process has of its own is local as the defaults are, unless the user or a mapping says otherwise", () => {
  const bytes = (path: string) => new TextEncoder().encode(path);
  const rules = compilePathRules({
    ...emptyInput,
    readOnly: ["^/srv/own/remote"],
    mapping: { "^/srv/own/old": "/srv/new" },
  });
  const decide = (path: string, own: boolean) => names[rules.decide(bytes(path), false, own).verdict];
  assert.deepEqual([decide("/srv/own", true), decide("/srv/own", false)], ["local", "remote"]);
  assert.equal(decide("/srv/own/remote", true), "remote");
  assert.equal(decide("/srv/own/old", true), "remote");
});

Deno.test("a bad pattern is named with its setting", () => {
  const compile = () => compilePathRules({ ...emptyInput, readOnly: ["fine", "(bad"] });
  assert.throws(compile, (error) => error instanceof PatternError && /feature\.fs\.read_only/.test(error.message));
  const mapping = () => compilePathRules({ ...emptyInput, mapping: { "[": "x" } });
  assert.throws(mapping, (error) => error instanceof PatternError && error.setting === "feature.fs.mapping");
});

Deno.test("the table of the defaults is small", () => {
  const { table } = compilePathRules(emptyInput);
  assert.ok(table.next.byteLength + table.accepts.byteLength < 64 * 1024);
});
