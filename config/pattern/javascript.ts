/** A pattern as a regular expression of JavaScript. */
import { caseVariants, otherCase } from "./case_folding.ts";
import { characterSource } from "./character_set.ts";
import { wordSource } from "./perl_class.ts";
import type { Assertion, Node, Pattern } from "./syntax.ts";

/** A pattern that JavaScript executes. */
export interface Expression {
  readonly regExp: RegExp;
  /** Where the pattern's group stands in a match (atomic groups take numbers of their own). */
  groupIndex(nameOrNumber: string): number | undefined;
}

/** Translates a pattern: same matches, same groups. */
export function toExpression(pattern: Pattern): Expression {
  const translation = new Translation();
  // Flag `v` instead of `u`: with `u`, V8 15.0 does not find characters beyond U+FFFF in a range before `$`.
  const regExp = new RegExp(translation.source(pattern.root), "v");
  return {
    regExp,
    groupIndex(nameOrNumber) {
      if (nameOrNumber === "0") return 0;
      const index = /^\d+$/.test(nameOrNumber) ? Number(nameOrNumber) : pattern.groupNames.get(nameOrNumber);
      return index === undefined ? undefined : translation.positions.get(index);
    },
  };
}

const assertions: Readonly<Record<Assertion, string>> = {
  start: "^",
  end: "$",
  lineStart: "(?<=^|\\n)",
  lineEnd: "(?=$|\\n)",
  word: `(?:(?<=${wordSource})(?!${wordSource})|(?<!${wordSource})(?=${wordSource}))`,
  notWord: `(?:(?<=${wordSource})(?=${wordSource})|(?<!${wordSource})(?!${wordSource}))`,
  wordStart: `(?<!${wordSource})(?=${wordSource})`,
  wordEnd: `(?<=${wordSource})(?!${wordSource})`,
};

class Translation {
  /** Group number in the pattern → in JavaScript. Both count opening parentheses. */
  readonly positions = new Map<number, number>();
  #groupCount = 0;

  source(node: Node): string {
    switch (node.kind) {
      case "empty":
        return "(?:)";
      case "literal":
        return literalSource(node.codePoint, node.caseless);
      case "class":
        return node.source;
      case "assertion":
        return assertions[node.what];
      case "sequence":
        return node.items.map((item) => this.source(item)).join("");
      case "choice":
        return `(?:${node.items.map((item) => this.source(item)).join("|")})`;
      case "repeat":
        return this.#repeat(node);
      case "group":
        this.positions.set(node.index, ++this.#groupCount);
        return `(${this.source(node.item)})`;
      case "look":
        return `(?${node.behind ? "<" : ""}${node.negative ? "!" : "="}${this.source(node.item)})`;
      case "atomic":
        return this.#atomic(node.item);
      case "backreference":
        return this.#backreference(node);
    }
  }

  #repeat(node: Node & { kind: "repeat" }): string {
    if (node.possessive) return this.#atomic({ ...node, possessive: false });
    const most = node.most === Infinity ? "" : node.most;
    return `(?:${this.source(node.item)}){${node.least},${most}}${node.lazy ? "?" : ""}`;
  }

  /** JavaScript has no atomic groups, but a look-ahead never gives back what it found. */
  #atomic(item: Node): string {
    const position = ++this.#groupCount;
    return `(?:(?=(${this.source(item)}))\\${position})`;
  }

  #backreference(node: Node & { kind: "backreference" }): string {
    const position = this.positions.get(node.index);
    // A reference to a group that has not begun yet never matches.
    if (position === undefined) return "[]";
    return `(?${node.caseless ? "i" : ""}:\\${position})`;
  }
}

function literalSource(codePoint: number, caseless: boolean): string {
  if (!caseless) return characterSource(codePoint);
  const variants = codePoint < 128 ? [...new Set([codePoint, otherCase(codePoint)])] : caseVariants(codePoint);
  return variants.length === 1 ? characterSource(codePoint) : `[${variants.map(characterSource).join("")}]`;
}
