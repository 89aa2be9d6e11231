/** Patterns as a nondeterministic automaton over the bytes of UTF-8 (Thompson's construction, built from the end). */
import type { Assertion, CharacterClass, Node } from "../../../config/pattern/syntax.ts";
import { caseVariants, otherCase } from "../../../config/pattern/case_folding.ts";

/** A state's number. */
export type State = number;

export type NfaState =
  | { kind: "bytes"; set: ByteSet; next: State }
  | { kind: "split"; next: State[] }
  /** `possible` is where to go when the neighbours are unknown (beyond ASCII). */
  | { kind: "assertion"; what: Assertion; next: State; possible: State }
  | { kind: "match"; tag: number };

/** A set of bytes; equal sets are the same object, `id` numbers them. */
export interface ByteSet {
  id: number;
  bytes: readonly number[];
}

/** A pattern needs more states than is good for a table. */
export class TooManyStates extends Error {
  override readonly name = "TooManyStates";
}

const mostStates = 20_000;
const mostStatesOfPattern = 4_000;

export class Nfa {
  readonly states: NfaState[] = [];
  /** To which tag a state leads; -1 for the states of the search loop. */
  readonly tags: number[] = [];
  readonly sets: ByteSet[] = [];
  readonly #setsByKey = new Map<string, ByteSet>();
  #tag = -1;
  #possible: State = -1;
  #limit = mostStates;

  /** Adds a pattern and gives its first state. `sure` and `possible` are the tags of a match. Throws `TooManyStates`. */
  addPattern(root: Node, sure: number, possible: number): State {
    this.#limit = Math.min(mostStates, this.states.length + mostStatesOfPattern);
    this.#tag = possible;
    this.#possible = this.#add({ kind: "match", tag: possible });
    this.#tag = sure;
    return this.#build(root, this.#add({ kind: "match", tag: sure }));
  }

  /** A loop over all characters that can go on to each of `starts`: what makes a search out of patterns. */
  addSearchLoop(starts: State[]): State {
    this.#limit = mostStates;
    this.#tag = -1;
    const loop: NfaState & { kind: "split" } = { kind: "split", next: [] };
    const first = this.#add(loop);
    loop.next = [this.#anyCharacter(range(0, 127), first), ...starts];
    return first;
  }

  #add(state: NfaState): State {
    if (this.states.length >= this.#limit) throw new TooManyStates();
    this.tags.push(this.#tag);
    return this.states.push(state) - 1;
  }

  /** The state from which `node` leads to `next`. */
  #build(node: Node, next: State): State {
    switch (node.kind) {
      case "empty":
        return next;
      case "literal":
        return this.#literal(node.codePoint, node.caseless, next);
      case "class":
        return this.#class(node, next);
      case "assertion":
        return this.#add({ kind: "assertion", what: node.what, next, possible: this.#possible });
      case "sequence":
        return node.items.reduceRight((after, item) => this.#build(item, after), next);
      case "choice":
        return this.#split(node.items.map((item) => this.#build(item, next)));
      case "repeat":
        return this.#repeat(node, next);
      case "group":
        return this.#build(node.item, next);
      default:
        throw new TypeError(`a table can't hold ${node.kind}`);
    }
  }

  #split(next: State[]): State {
    return next.length === 1 ? next[0] : this.#add({ kind: "split", next });
  }

  #bytes(bytes: readonly number[], next: State): State {
    return this.#add({ kind: "bytes", set: this.#set(bytes), next });
  }

  #set(bytes: readonly number[]): ByteSet {
    const key = bytes.join();
    let set = this.#setsByKey.get(key);
    if (set === undefined) {
      set = { id: this.sets.length, bytes };
      this.sets.push(set);
      this.#setsByKey.set(key, set);
    }
    return set;
  }

  #literal(codePoint: number, caseless: boolean, next: State): State {
    if (codePoint < 128) {
      const other = caseless ? otherCase(codePoint) : codePoint;
      return this.#bytes(other === codePoint ? [codePoint] : [other, codePoint].sort((a, b) => a - b), next);
    }
    const characters = caseless ? caseVariants(codePoint) : [codePoint];
    return this.#split(characters.map((character) => this.#character(character, next)));
  }

  #character(codePoint: number, next: State): State {
    const encoded = new TextEncoder().encode(String.fromCodePoint(codePoint));
    return encoded.reduceRight((after: State, byte) => this.#bytes([byte], after), next);
  }

  #class(node: CharacterClass, next: State): State {
    const ascii = node.ascii.flatMap((holds, code) => holds ? [code] : []);
    if (node.beyond === "all") return this.#anyCharacter(ascii, next);
    const inAscii = this.#bytes(ascii, next);
    return node.beyond === "none" ? inAscii : this.#split([inAscii, this.#bytes(range(128, 255), this.#possible)]);
  }

  /** One of the ASCII characters, or any character beyond them. */
  #anyCharacter(ascii: readonly number[], next: State): State {
    const one = this.#bytes(range(0x80, 0xbf), next);
    const two = this.#bytes(range(0x80, 0xbf), one);
    const three = this.#bytes(range(0x80, 0xbf), two);
    return this.#split([
      this.#bytes(ascii, next),
      this.#bytes(range(0xc2, 0xdf), one),
      this.#bytes([0xe0], this.#bytes(range(0xa0, 0xbf), one)),
      this.#bytes([...range(0xe1, 0xec), 0xee, 0xef], two),
      this.#bytes([0xed], this.#bytes(range(0x80, 0x9f), one)),
      this.#bytes([0xf0], this.#bytes(range(0x90, 0xbf), two)),
      this.#bytes(range(0xf1, 0xf3), three),
      this.#bytes([0xf4], this.#bytes(range(0x80, 0x8f), two)),
    ]);
  }

  #repeat(node: Node & { kind: "repeat" }, next: State): State {
    let after = next;
    if (node.most === Infinity) {
      const loop: NfaState & { kind: "split" } = { kind: "split", next: [] };
      after = this.#add(loop);
      loop.next = [this.#build(node.item, after), next];
    } else {
      for (let left = node.most - node.least; left > 0; left--) {
        after = this.#split([this.#build(node.item, after), next]);
      }
    }
    for (let left = node.least; left > 0; left--) after = this.#build(node.item, after);
    return after;
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
