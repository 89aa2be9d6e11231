import { PatternError } from "./error.ts";

/** A reading position in a pattern. */
export class Cursor {
  position = 0;

  constructor(readonly text: string) {}

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next UTF-16 unit, "" at the end. */
  peek(ahead = 0): string {
    return this.text[this.position + ahead] ?? "";
  }

  /** Steps over `expected` if it comes next. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.position)) return false;
    this.position += expected.length;
    return true;
  }

  /** Steps over a match of a sticky expression. */
  takeMatch(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.position;
    const match = expression.exec(this.text);
    if (match !== null) this.position += match[0].length;
    return match;
  }

  /** The next character, as a code point. */
  codePoint(): number {
    const codePoint = this.text.codePointAt(this.position);
    if (codePoint === undefined) throw this.error("the pattern ends too early");
    this.position += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  error(reason: string, position = this.position): PatternError {
    return new PatternError(this.text, position, reason);
  }
}
