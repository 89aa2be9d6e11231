/**
 * Reads the regular expressions that users of mirrord write: the syntax of Rust's `regex` with the additions of
 * `fancy-regex` (look-around, back-references, atomic groups, possessive repeats).
 */
import { bracketSet } from "./bracket.ts";
import { classOf } from "./character_set.ts";
import { Cursor } from "./cursor.ts";
import { escapedCharacter } from "./escape.ts";
import { escapedSet } from "./perl_class.ts";
import { applyFlags, groupOpening } from "./group.ts";
import type { Assertion, Flags, Node, Pattern } from "./syntax.ts";

const deepest = 100;
const largestCount = 1000;

/** Parses a pattern. `caseless`: letters match in any case unless it says `(?-i)`. Throws `PatternError`. */
export function parsePattern(text: string, { caseless }: { caseless: boolean }): Pattern {
  return new Parser(text, caseless).parse();
}

class Parser {
  readonly #cursor: Cursor;
  readonly #groupNames = new Map<string, number>();
  readonly #references: { name: string; position: number; node: Node & { kind: "backreference" } }[] = [];
  #groupCount = 0;
  #depth = 0;
  #flags: Flags;

  constructor(text: string, caseless: boolean) {
    this.#cursor = new Cursor(text);
    this.#flags = { caseless, multiLine: false, dotAll: false, swapGreed: false, verbose: false, unicode: true };
  }

  parse(): Pattern {
    const root = this.#choice();
    if (!this.#cursor.atEnd) throw this.#cursor.error("a closing parenthesis without an opening one");
    for (const reference of this.#references) this.#resolve(reference);
    return { text: this.#cursor.text, root, groupCount: this.#groupCount, groupNames: this.#groupNames };
  }

  #choice(): Node {
    if (++this.#depth > deepest) throw this.#cursor.error("groups are nested too deeply");
    const items = [this.#sequence()];
    while (this.#cursor.take("|")) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? items[0] : { kind: "choice", items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    for (;;) {
      this.#skipVerbose();
      const next = this.#cursor.peek();
      if (next === "" || next === "|" || next === ")") break;
      const atom = this.#atom();
      if (atom !== null) items.push(this.#repeated(atom));
    }
    return items.length === 1 ? items[0] : items.length === 0 ? { kind: "empty" } : { kind: "sequence", items };
  }

  /** One thing that can be repeated; `null` for flags and comments. */
  #atom(): Node | null {
    const cursor = this.#cursor;
    if (cursor.take("(")) return this.#group();
    if (cursor.take("[")) return classOf(bracketSet(cursor, this.#flags), this.#flags.caseless);
    if (cursor.take("\\")) return this.#escape();
    if (cursor.take(".")) return anyCharacter(this.#flags.dotAll);
    if (cursor.take("^")) return { kind: "assertion", what: this.#flags.multiLine ? "lineStart" : "start" };
    if (cursor.take("$")) return { kind: "assertion", what: this.#flags.multiLine ? "lineEnd" : "end" };
    if (/[*+?]/.test(cursor.peek())) throw cursor.error("there is nothing to repeat");
    return this.#literal(cursor.codePoint());
  }

  #literal(codePoint: number): Node {
    return { kind: "literal", codePoint, caseless: this.#flags.caseless };
  }

  #repeated(item: Node): Node {
    let result = item;
    for (;;) {
      this.#skipVerbose();
      const count = this.#count();
      if (count === null) return result;
      const lazy = this.#cursor.take("?") !== this.#flags.swapGreed;
      const possessive = !lazy && this.#cursor.take("+");
      result = { kind: "repeat", item: result, least: count[0], most: count[1], lazy, possessive };
    }
  }

  /** `*`, `+`, `?`, `{n}`, `{n,}`, `{,m}`, `{n,m}`. A brace that counts nothing is a character. */
  #count(): [least: number, most: number] | null {
    const start = this.#cursor.position;
    if (this.#cursor.take("*")) return [0, Infinity];
    if (this.#cursor.take("+")) return [1, Infinity];
    if (this.#cursor.take("?")) return [0, 1];
    const match = this.#cursor.takeMatch(/\{\s*(\d*)\s*(?:(,)\s*(\d*)\s*)?\}/y);
    if (match === null) return null;
    const [, first, comma, last] = match;
    if (first === "" && (last ?? "") === "") throw this.#cursor.error("a repeat without a number", start);
    const least = Number(first);
    const most = comma === undefined ? least : last === "" ? Infinity : Number(last);
    if (most < least) throw this.#cursor.error("the most is less than the least", start);
    if (Math.max(least, most === Infinity ? 0 : most) > largestCount) {
      throw this.#cursor.error(`more than ${largestCount} repeats`, start);
    }
    return [least, most];
  }

  #group(): Node | null {
    const start = this.#cursor.position - 1;
    const opening = groupOpening(this.#cursor);
    if (opening.kind === "comment") return null;
    if (opening.kind === "backreference") return this.#reference(opening.name, start);
    if (opening.kind === "flags" && opening.rest) {
      this.#flags = applyFlags(this.#flags, opening.flags, this.#cursor, start);
      return null;
    }
    const index = opening.kind === "capture" ? this.#newGroup(opening.name, start) : 0;
    const outer = this.#flags;
    if (opening.kind === "flags") this.#flags = applyFlags(outer, opening.flags, this.#cursor, start);
    const item = this.#choice();
    this.#flags = outer;
    if (!this.#cursor.take(")")) throw this.#cursor.error("the group has no end", start);
    if (opening.kind === "capture") return { kind: "group", item, index };
    if (opening.kind === "atomic") return { kind: "atomic", item };
    if (opening.kind === "look") return { kind: "look", item, behind: opening.behind, negative: opening.negative };
    return item;
  }

  #newGroup(name: string | null, position: number): number {
    const index = ++this.#groupCount;
    if (name !== null && this.#groupNames.has(name)) throw this.#cursor.error(`two groups named ${name}`, position);
    if (name !== null) this.#groupNames.set(name, index);
    return index;
  }

  #escape(): Node {
    const cursor = this.#cursor;
    const start = cursor.position - 1;
    const assertion = this.#escapedAssertion();
    if (assertion !== null) return assertion;
    const reference = cursor.takeMatch(/([1-9]\d?)|k<([^>]+)>/y);
    if (reference !== null) return this.#reference(reference[1] ?? reference[2], start);
    const set = escapedSet(cursor, this.#flags.unicode);
    if (set !== null) return classOf(set, this.#flags.caseless);
    return this.#literal(escapedCharacter(cursor));
  }

  #escapedAssertion(): Node | null {
    const cursor = this.#cursor;
    if (cursor.take("Z")) return endBeforeNewlines();
    const match = cursor.takeMatch(/b\{start\}|b\{end\}|[AzbB<>]/y);
    if (match === null) return null;
    const what: Record<string, Assertion> = {
      "A": "start",
      "z": "end",
      "b": "word",
      "B": "notWord",
      "b{start}": "wordStart",
      "<": "wordStart",
      "b{end}": "wordEnd",
      ">": "wordEnd",
    };
    return { kind: "assertion", what: what[match[0]] };
  }

  #reference(name: string, position: number): Node {
    const node: Node & { kind: "backreference" } = { kind: "backreference", index: 0, caseless: this.#flags.caseless };
    this.#references.push({ name, position, node });
    return node;
  }

  #resolve({ name, position, node }: { name: string; position: number; node: Node & { kind: "backreference" } }): void {
    const index = /^\d+$/.test(name) ? Number(name) : this.#groupNames.get(name);
    if (index === undefined || index < 1 || index > this.#groupCount) {
      throw this.#cursor.error(`there is no group ${name}`, position);
    }
    node.index = index;
  }

  #skipVerbose(): void {
    if (this.#flags.verbose) this.#cursor.takeMatch(/(?:\s|#[^\n]*(?:\n|$))*/y);
  }
}

function anyCharacter(dotAll: boolean): Node {
  const newline = { kind: "range", first: 10, last: 10 } as const;
  return classOf({ kind: "not", item: { kind: "union", items: dotAll ? [] : [newline] } }, false);
}

/** `\Z`: the end, or before the newlines that end the text. */
function endBeforeNewlines(): Node {
  const newline: Node = { kind: "literal", codePoint: 10, caseless: false };
  const newlines: Node = { kind: "repeat", item: newline, least: 0, most: Infinity, lazy: false, possessive: false };
  const item: Node = { kind: "sequence", items: [newlines, { kind: "assertion", what: "end" }] };
  return { kind: "look", item, behind: false, negative: false };
}
