/** What a pattern says, with its flags already worked in. */
export type Node =
  | { kind: "empty" }
  | { kind: "literal"; codePoint: number; caseless: boolean }
  | CharacterClass
  | { kind: "assertion"; what: Assertion }
  | { kind: "sequence"; items: Node[] }
  | { kind: "choice"; items: Node[] }
  | { kind: "repeat"; item: Node; least: number; most: number; lazy: boolean; possessive: boolean }
  | { kind: "group"; item: Node; index: number }
  | { kind: "look"; item: Node; behind: boolean; negative: boolean }
  | { kind: "atomic"; item: Node }
  | { kind: "backreference"; index: number; caseless: boolean };

export type Assertion = "start" | "end" | "lineStart" | "lineEnd" | "word" | "notWord" | "wordStart" | "wordEnd";

/** One character out of a set. */
export interface CharacterClass {
  kind: "class";
  /** An expression of JavaScript for one character of the set (flag `v`). */
  source: string;
  /** For each of the 128 ASCII characters whether it belongs to the set. */
  ascii: readonly boolean[];
  /** Whether the characters beyond ASCII belong to it: none, all of them, or some, which only `source` knows. */
  beyond: "none" | "all" | "some";
}

export interface Pattern {
  text: string;
  root: Node;
  groupCount: number;
  groupNames: ReadonlyMap<string, number>;
}

/** The inline flags of the syntax: `(?ims…)`. */
export interface Flags {
  /** `i` */
  caseless: boolean;
  /** `m` */
  multiLine: boolean;
  /** `s` */
  dotAll: boolean;
  /** `U` */
  swapGreed: boolean;
  /** `x` */
  verbose: boolean;
  /** `u` */
  unicode: boolean;
}
