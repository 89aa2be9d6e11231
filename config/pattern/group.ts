import type { Cursor } from "./cursor.ts";
import type { Flags } from "./syntax.ts";

/** What stands between a group's parenthesis and its content. */
export type GroupOpening =
  | { kind: "capture"; name: string | null }
  | { kind: "atomic" }
  | { kind: "look"; behind: boolean; negative: boolean }
  /** `rest`: the flags hold for the rest of the group around, and there is no content. */
  | { kind: "flags"; flags: string; rest: boolean }
  | { kind: "comment" }
  | { kind: "backreference"; name: string };

/** Reads a group's opening; the cursor stands after the parenthesis. Throws `PatternError`. */
export function groupOpening(cursor: Cursor): GroupOpening {
  const start = cursor.position - 1;
  if (!cursor.take("?")) return { kind: "capture", name: null };
  const look = cursor.takeMatch(/<?[=!]/y);
  if (look !== null) return { kind: "look", behind: look[0].length === 2, negative: look[0].endsWith("!") };
  if (cursor.take(">")) return { kind: "atomic" };
  const name = cursor.takeMatch(/P?<([A-Za-z_][\w.[\]]*)>/y);
  if (name !== null) return { kind: "capture", name: name[1] };
  const reference = cursor.takeMatch(/P=([A-Za-z_]\w*)\)/y);
  if (reference !== null) return { kind: "backreference", name: reference[1] };
  if (cursor.takeMatch(/#[^)]*\)/y) !== null) return { kind: "comment" };
  const flags = cursor.takeMatch(/([a-zA-Z]*(?:-[a-zA-Z]+)?)([:)])/y);
  if (flags === null || (flags[1] === "" && flags[2] === ")")) throw cursor.error("unknown kind of group", start);
  return { kind: "flags", flags: flags[1], rest: flags[2] === ")" };
}

const flagNames: Readonly<Record<string, keyof Flags>> = {
  i: "caseless",
  m: "multiLine",
  s: "dotAll",
  U: "swapGreed",
  x: "verbose",
  u: "unicode",
};

/** The flags after `ims-x`. Throws `PatternError` at `position` for unknown ones. */
export function applyFlags(flags: Flags, change: string, cursor: Cursor, position: number): Flags {
  const result = { ...flags };
  let value = true;
  for (const letter of change) {
    if (letter === "-") {
      value = false;
      continue;
    }
    if (!Object.hasOwn(flagNames, letter)) throw cursor.error(`unknown flag ${letter}`, position);
    result[flagNames[letter]] = value;
  }
  return result;
}
