/** What stands after a backslash and means one character, inside classes and outside. */
import type { Cursor } from "./cursor.ts";

const controls: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The code point of an escaped character; the cursor stands after the backslash. Throws `PatternError`. */
export function escapedCharacter(cursor: Cursor): number {
  const start = cursor.position;
  const letter = cursor.peek();
  if (letter in controls) {
    cursor.position++;
    return controls[letter];
  }
  if (letter === "x" || letter === "u" || letter === "U") return hexadecimal(cursor);
  // Every ASCII sign may be escaped, needed or not; letters and digits are kept for meanings to come.
  if (/[\x20-\x7e]/.test(letter) && !/[0-9A-Za-z]/.test(letter)) return cursor.codePoint();
  throw cursor.error(letter === "" ? "a backslash at the end" : `unknown escape \\${letter}`, start - 1);
}

/** `\x7F`, `\u007F`, `\U0000007F`, or any of the letters with the number in braces. */
function hexadecimal(cursor: Cursor): number {
  const start = cursor.position - 1;
  const match = cursor.takeMatch(/[xuU]\{([0-9A-Fa-f]{1,8})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})/y);
  if (match === null) throw cursor.error("hexadecimal digits are missing", start);
  const codePoint = parseInt(match[1] ?? match[2] ?? match[3] ?? match[4], 16);
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
    throw cursor.error("no such character", start);
  }
  return codePoint;
}
