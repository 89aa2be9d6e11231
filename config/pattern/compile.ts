/**
 * Regular expressions of configuration files. They are written for the original's engine: what JavaScript spells otherwise
 * is translated, and what cannot be translated is refused.
 */
import { type Expression, toExpression } from "./javascript.ts";
import { parsePattern } from "./parser.ts";

/** Compiles a pattern. `caseless`: letters match in any case unless it says `(?-i)`. Throws `PatternError`. */
export function compilePattern(text: string, options: { caseless: boolean }): Expression {
  return toExpression(parsePattern(text, options));
}

/**
 * Puts what groups matched into a replacement: `$1`, `$name`, `${name}`; `$$` is a dollar sign. Unknown groups are empty.
 * `match` is one of the expression's.
 */
export function expandReplacement(replacement: string, match: RegExpExecArray, expression: Expression): string {
  return replacement.replace(/\$(?:(\$)|(\w+)|\{([^}]*)\})/g, (_, dollar, bare, braced) => {
    if (dollar !== undefined) return "$";
    const index = expression.groupIndex(bare ?? braced);
    return index === undefined ? "" : match[index] ?? "";
  });
}
