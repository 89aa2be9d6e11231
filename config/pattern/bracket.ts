/** Classes in brackets: `[a-z&&[^x]\d[:alpha:]]`. */
import type { CharacterSet } from "./character_set.ts";
import type { Cursor } from "./cursor.ts";
import { escapedCharacter } from "./escape.ts";
import { escapedSet, posixSet } from "./perl_class.ts";
import type { Flags } from "./syntax.ts";

const deepest = 50;

/** The set of a class; the cursor stands after its opening bracket. Throws `PatternError`. */
export function bracketSet(cursor: Cursor, flags: Flags, depth = 0): CharacterSet {
  const start = cursor.position - 1;
  if (depth > deepest) throw cursor.error("classes are nested too deeply", start);
  const negative = cursor.take("^");
  let set = classItems(cursor, flags, depth, start);
  for (;;) {
    const operator = (["&&", "--", "~~"] as const).find((operator) => cursor.take(operator));
    if (operator === undefined) break;
    const right = classItems(cursor, flags, depth, start, true);
    set = { kind: "operation", operator, left: set, right };
  }
  if (!cursor.take("]")) throw cursor.error("the class has no end", start);
  return negative ? { kind: "not", item: set } : set;
}

/** Items up to the end of the class or the next operator. A bracket or dashes at the start stand for themselves. */
function classItems(cursor: Cursor, flags: Flags, depth: number, start: number, right = false): CharacterSet {
  const items: CharacterSet[] = [];
  while (!right && cursor.peek() === "-" && !/[&~]/.test(cursor.peek(1))) items.push(single(cursor.codePoint()));
  if (!right && items.length === 0 && cursor.take("]")) items.push(single("]".charCodeAt(0)));
  for (;;) {
    if (flags.verbose) cursor.takeMatch(/(?:\s|#[^\n]*\n?)*/y);
    if (cursor.atEnd) throw cursor.error("the class has no end", start);
    if (cursor.peek() === "]" || isOperator(cursor)) return { kind: "union", items };
    items.push(classItem(cursor, flags, depth));
  }
}

function classItem(cursor: Cursor, flags: Flags, depth: number): CharacterSet {
  const posix = posixSet(cursor);
  if (posix !== null) return posix;
  if (cursor.take("[")) return bracketSet(cursor, flags, depth + 1);
  const start = cursor.position;
  const first = classCharacter(cursor, flags);
  if (typeof first !== "number") return first;
  // A dash before the closing bracket, or as part of `--`, is no range.
  if (cursor.peek() !== "-" || cursor.peek(1) === "]" || cursor.peek(1) === "-" || cursor.peek(1) === "") {
    return single(first);
  }
  cursor.position++;
  const last = classCharacter(cursor, flags);
  if (typeof last !== "number" || last < first) throw cursor.error("a range needs two characters in order", start);
  return { kind: "range", first, last };
}

function classCharacter(cursor: Cursor, flags: Flags): number | CharacterSet {
  if (!cursor.take("\\")) return cursor.codePoint();
  return escapedSet(cursor, flags.unicode) ?? escapedCharacter(cursor);
}

function isOperator(cursor: Cursor): boolean {
  const two = cursor.peek() + cursor.peek(1);
  return two === "&&" || two === "--" || two === "~~";
}

function single(codePoint: number): CharacterSet {
  return { kind: "range", first: codePoint, last: codePoint };
}
