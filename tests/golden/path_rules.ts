/** The rule table as both sides walk it: path_rules.json, read by golden_rules_test.ts and golden_rules.zig. */
import { setsOf } from "../../cli/rules/test_table.ts";
import { type CompiledPathRules, compilePathRules } from "../../cli/rules/path_rules.ts";
import { PathRules } from "../../protocol/layer/messages.ts";
import { encode } from "../../protocol/schema.ts";

export interface RulesVectors {
  /** An encoded `PathRules`, in hexadecimal. */
  table: string;
  /** Paths (in hexadecimal, as they need not be text) and the `PathSet` bits they have. */
  paths: { path: string; sets: number }[];
}

const paths = [
  "",
  "/",
  "relative/x.so",
  "/etc/passwd",
  "/etc/hosts",
  "//etc/.//./hosts",
  "/etc/hosts/.",
  "/ETC/SSL/certs/ca.pem",
  "/home/dev/.kube/config",
  "/data/report.txt",
  "/data/Secret",
  "/uploads/é/日本語.yaml",
  "/config/v٣/x",
  "/config/v3/x",
  "/app/node_modules/x",
  "/app/..x/.y",
  "/app/(odd)/\n",
].map((path) => new TextEncoder().encode(path));

const notText = [Uint8Array.of(0x2f, 0x64, 0xff, 0x2f), Uint8Array.of(0x2f, 0xe6, 0x97)];

export function rulesOfVectors(): CompiledPathRules {
  return compilePathRules({
    mode: "read",
    notFound: ["secret$"],
    readWrite: ["^/uploads(/|$)"],
    readOnly: ["^/config/v\\d+/"],
    local: ["^/data/"],
    mapping: { "^/app/\\(odd\\)": "/x" },
    home: "/home/dev",
    workingDirectory: "/home/dev/project",
    executable: "/usr/bin/python3",
    temporaryDirectory: "/tmp",
    searchPath: [],
  });
}

export function rulesVectors(): RulesVectors {
  const { table } = rulesOfVectors();
  return {
    table: encode(PathRules, table).toHex(),
    paths: [...paths, ...notText].map((path) => ({ path: path.toHex(), sets: setsOf(table, path) })),
  };
}
