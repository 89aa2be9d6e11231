/** The sets that have a letter (`\d`, `\pL`) or a name in brackets (`[:alpha:]`). */
import type { Cursor } from "./cursor.ts";
import type { CharacterSet } from "./character_set.ts";

const ranges = (...pairs: [string, string][]): CharacterSet => ({
  kind: "union",
  items: pairs.map(([first, last]) => ({ kind: "range", first: first.charCodeAt(0), last: last.charCodeAt(0) })),
});

const digits = ranges(["0", "9"]);
const words = ranges(["0", "9"], ["A", "Z"], ["_", "_"], ["a", "z"]);
const spaces = ranges(["\t", "\r"], [" ", " "]);
const hexDigits = ranges(["0", "9"], ["A", "F"], ["a", "f"]);

const unicode = (content: string): CharacterSet => ({ kind: "property", content, caseClosed: true });

const wordContent = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";

/** The word characters of Unicode, in JavaScript's notation. */
export const wordSource = `[${wordContent}]`;

const perl: Readonly<Record<string, { unicode: CharacterSet; ascii: CharacterSet }>> = {
  d: { unicode: unicode("\\p{Nd}"), ascii: digits },
  s: { unicode: unicode("\\p{White_Space}"), ascii: spaces },
  w: { unicode: unicode(wordContent), ascii: words },
  h: { unicode: hexDigits, ascii: hexDigits },
};

const posix: Readonly<Record<string, CharacterSet>> = {
  alnum: ranges(["0", "9"], ["A", "Z"], ["a", "z"]),
  alpha: ranges(["A", "Z"], ["a", "z"]),
  ascii: ranges(["\0", "\x7f"]),
  blank: ranges(["\t", "\t"], [" ", " "]),
  cntrl: ranges(["\0", "\x1f"], ["\x7f", "\x7f"]),
  digit: digits,
  graph: ranges(["!", "~"]),
  lower: ranges(["a", "z"]),
  print: ranges([" ", "~"]),
  punct: ranges(["!", "/"], [":", "@"], ["[", "`"], ["{", "~"]),
  space: spaces,
  upper: ranges(["A", "Z"]),
  word: words,
  xdigit: hexDigits,
};

/** The set of `\d`, `\D`, `\pL`, `\P{Greek}` …; the cursor stands after the backslash. `null`: no such letter. */
export function escapedSet(cursor: Cursor, unicode: boolean): CharacterSet | null {
  const letter = cursor.peek();
  if (letter === "p" || letter === "P") return property(cursor);
  const found = perl[letter.toLowerCase()];
  if (letter === "" || found === undefined) return null;
  cursor.position++;
  const set = unicode ? found.unicode : found.ascii;
  return letter === letter.toLowerCase() ? set : { kind: "not", item: set };
}

/** The set of `[:alpha:]` or `[:^alpha:]`, inside a class. `null`: something else stands here. */
export function posixSet(cursor: Cursor): CharacterSet | null {
  const start = cursor.position;
  const match = cursor.takeMatch(/\[:(\^?)([a-z]+):\]/y);
  if (match === null) return null;
  const set = Object.hasOwn(posix, match[2]) ? posix[match[2]] : undefined;
  if (set === undefined) throw cursor.error(`unknown class [:${match[2]}:]`, start);
  return match[1] === "^" ? { kind: "not", item: set } : set;
}

function property(cursor: Cursor): CharacterSet {
  const start = cursor.position - 1;
  const match = cursor.takeMatch(/([pP])(?:([A-Za-z])|\{(\^?)([^{}]+)\})/y);
  if (match === null) throw cursor.error("the name of a property is missing", start);
  const source = propertySource(match[2] ?? match[4]);
  if (source === null) throw cursor.error(`unknown property ${match[2] ?? match[4]}`, start);
  const negative = (match[1] === "P") !== (match[3] === "^");
  const set: CharacterSet = { kind: "property", content: source, caseClosed: false };
  return negative ? { kind: "not", item: set } : set;
}

/** JavaScript's spelling of a property: names are loose in patterns (`greek`, `lowercase letter`) and strict there. */
function propertySource(name: string): string | null {
  const [, key, value] = /^\s*(?:([\w ]+)(?:=|:|!=))?\s*([\w -]+?)\s*$/.exec(name) ?? [];
  if (value === undefined) return null;
  const titled = value.toLowerCase().split(/[\s_-]+/).map((word) => word[0]?.toUpperCase() + word.slice(1)).join("_");
  const keys = key === undefined ? ["", "Script=", "General_Category="] : [`${key}=`];
  const candidates = keys.flatMap((key) => [value, titled, value.toUpperCase()].map((text) => `\\p{${key}${text}}`));
  return candidates.find(isProperty) ?? null;
}

function isProperty(source: string): boolean {
  try {
    // Without the properties of flag `v` that hold whole strings.
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}
