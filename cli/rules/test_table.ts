/** For tests: the table as the layer uses it. */
import { PathSet } from "../../protocol/layer/messages.ts";
import { type CompiledPathRules, type FilesMode, type PathRulesInput, Verdict } from "./path_rules.ts";

export const emptyInput: PathRulesInput = {
  mode: "read",
  notFound: [],
  readWrite: [],
  readOnly: [],
  local: [],
  mapping: {},
  home: "/home/dev",
  workingDirectory: "/home/dev/src/app",
  executable: "/srv/bin/program",
  temporaryDirectory: "/tmp",
  searchPath: ["/srv/tools/bin"],
};

/** What the layer concludes from the table alone. */
export function tableVerdict(
  table: CompiledPathRules["table"],
  mode: FilesMode,
  path: Uint8Array,
  write: boolean,
): number | "ask" {
  const sets = setsOf(table, path);
  const has = (set: keyof typeof PathSet) => (sets & PathSet[set]) !== 0;
  if (has("ask")) return "ask";
  if (mode === "local") return Verdict.local;
  if (has("notFound")) return Verdict.notFound;
  if (has("readWrite")) return Verdict.remote;
  if (has("readOnly")) return write ? Verdict.local : Verdict.remote;
  if (has("local")) return Verdict.local;
  if (has("defaultNotFound")) return Verdict.notFound;
  if (has("defaultReadOnly") && !write) return Verdict.remote;
  if (has("defaultLocal") || mode === "localwithoverrides") return Verdict.local;
  return mode === "write" || !write ? Verdict.remote : Verdict.local;
}

/** The table walked as layer/core/rules.zig does: runs of slashes count as one, "." steps not at all. */
export function setsOf(table: CompiledPathRules["table"], path: Uint8Array): number {
  const text = String.fromCharCode(...path);
  const clean = text.replace(/(?<=\/)\.(?=\/|$)/g, "\0").replace(/(?<=[/\0])\//g, "").replaceAll("\0", "");
  let state = 0;
  for (let index = 0; index < clean.length; index++) {
    state = table.next[state * table.classCount + table.classOf[clean.charCodeAt(index)]];
  }
  return table.accepts[state];
}
