/** Sets of characters: what they hold, and how JavaScript spells them. */
import { caseVariantsOf, otherCase } from "./case_folding.ts";
import type { CharacterClass } from "./syntax.ts";

export type CharacterSet =
  | { kind: "range"; first: number; last: number }
  /** A set of Unicode's: what stands between brackets in JavaScript. `caseClosed`: it holds both cases of its letters. */
  | { kind: "property"; content: string; caseClosed: boolean }
  | { kind: "union"; items: CharacterSet[] }
  | { kind: "not"; item: CharacterSet }
  | { kind: "operation"; operator: "&&" | "--" | "~~"; left: CharacterSet; right: CharacterSet };

const lastCodePoint = 0x10ffff;

/** A set as a class of a pattern. */
export function classOf(set: CharacterSet, caseless: boolean): CharacterClass {
  const wanted = caseless ? folded(set) : set;
  const beyond = beyondAscii(wanted);
  if (beyond === "some") {
    const source = setSource(wanted);
    const expression = new RegExp(source, "v");
    return { kind: "class", source, ascii: asciiTable((code) => expression.test(String.fromCharCode(code))), beyond };
  }
  const ascii = asciiTable((code) => holds(wanted, code));
  return { kind: "class", source: tableSource(ascii, beyond === "all"), ascii, beyond };
}

/** A character in JavaScript's notation, inside and outside of classes. */
export function characterSource(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  return /[0-9A-Za-z]/.test(character) && codePoint < 128 ? character : `\\u{${codePoint.toString(16)}}`;
}

/** The set with the other case of all its letters. Complements are taken afterwards, as they stand outside. */
function folded(set: CharacterSet): CharacterSet {
  switch (set.kind) {
    case "range":
      return { kind: "union", items: [set, ...singles(rangeVariants(set))] };
    case "property":
      if (set.caseClosed) return set;
      return { kind: "union", items: [set, ...singles(caseVariantsOf(`[${set.content}]`))] };
    case "union":
      return { kind: "union", items: set.items.map(folded) };
    case "not":
      return { kind: "not", item: folded(set.item) };
    case "operation":
      return { ...set, left: folded(set.left), right: folded(set.right) };
  }
}

function rangeVariants(range: CharacterSet & { kind: "range" }): number[] {
  const variants: number[] = [];
  for (let code = range.first; code <= Math.min(range.last, 127); code++) variants.push(otherCase(code));
  if (beyondAscii(range) === "some") variants.push(...caseVariantsOf(`[${content(range)}]`));
  return variants;
}

function singles(codePoints: readonly number[]): CharacterSet[] {
  return codePoints.map((codePoint) => ({ kind: "range", first: codePoint, last: codePoint }));
}

function asciiTable(holds: (code: number) => boolean): boolean[] {
  return Array.from({ length: 128 }, (_, code) => holds(code));
}

/** Whether a set without properties holds an ASCII character. */
function holds(set: CharacterSet, code: number): boolean {
  switch (set.kind) {
    case "range":
      return code >= set.first && code <= set.last;
    case "union":
      return set.items.some((item) => holds(item, code));
    case "not":
      return !holds(set.item, code);
    case "operation": {
      const [left, right] = [holds(set.left, code), holds(set.right, code)];
      return set.operator === "&&" ? left && right : set.operator === "--" ? left && !right : left !== right;
    }
    case "property":
      throw new TypeError("only JavaScript's own engine knows what a property holds");
  }
}

/** What a set holds of the characters beyond ASCII. "some" also stands for sets that are not worth a closer look. */
function beyondAscii(set: CharacterSet): "none" | "all" | "some" {
  switch (set.kind) {
    case "range":
      if (set.last < 128) return "none";
      return set.first <= 128 && set.last === lastCodePoint ? "all" : "some";
    case "property":
      return "some";
    case "union": {
      const parts = set.items.map(beyondAscii);
      // A property can only be looked up in the whole set, for its ASCII part too: so "some" wins over "all".
      return parts.includes("some") ? "some" : parts.includes("all") ? "all" : "none";
    }
    case "not": {
      const inner = beyondAscii(set.item);
      return inner === "some" ? "some" : inner === "all" ? "none" : "all";
    }
    case "operation":
      return combined(set.operator, beyondAscii(set.left), beyondAscii(set.right));
  }
}

type Beyond = CharacterClass["beyond"];

function combined(operator: "&&" | "--" | "~~", left: Beyond, right: Beyond): Beyond {
  if (left === "some" || right === "some") return "some";
  if (operator === "&&") return left === "all" && right === "all" ? "all" : "none";
  if (operator === "--") return left === "all" && right === "none" ? "all" : "none";
  return left === right ? "none" : "all";
}

/**
 * An expression for one character of the set. Set operations are spelled as look-aheads: JavaScript has its own,
 * but V8 forgets in them which part of an expression ignores case.
 */
function setSource(set: CharacterSet): string {
  switch (set.kind) {
    case "not":
      return isPlain(set.item) ? `[^${content(set.item)}]` : `(?:(?!${setSource(set.item)})[^])`;
    case "operation": {
      const [left, right] = [setSource(set.left), setSource(set.right)];
      if (set.operator === "&&") return `(?:(?=${left})${right})`;
      if (set.operator === "--") return `(?:(?!${right})${left})`;
      return `(?:(?!${right})${left}|(?!${left})${right})`;
    }
    default:
      return isPlain(set)
        ? `[${content(set)}]`
        : `(?:${(set.kind === "union" ? set.items : []).map(setSource).join("|")})`;
  }
}

/** Whether a set can stand between brackets as it is. */
function isPlain(set: CharacterSet): boolean {
  return set.kind === "range" || set.kind === "property" || (set.kind === "union" && set.items.every(isPlain));
}

function content(set: CharacterSet): string {
  if (set.kind === "range") return `${characterSource(set.first)}-${characterSource(set.last)}`;
  if (set.kind === "property") return set.content;
  return set.kind === "union" ? set.items.map(content).join("") : "";
}

function tableSource(ascii: readonly boolean[], beyond: boolean): string {
  const parts: string[] = [];
  for (let first = 0; first < 128; first++) {
    if (!ascii[first]) continue;
    let last = first;
    while (ascii[last + 1]) last++;
    parts.push(first === last ? characterSource(first) : `${characterSource(first)}-${characterSource(last)}`);
    first = last;
  }
  if (beyond) parts.push(`\\u{80}-\\u{10ffff}`);
  return `[${parts.join("")}]`;
}
