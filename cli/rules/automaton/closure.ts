import type { Assertion } from "../../../config/pattern/syntax.ts";
import { ByteKind } from "./byte_classes.ts";
import type { Nfa, State } from "./nfa.ts";

/** States that are reached without reading a byte. */
export interface Closure {
  /** States that read bytes, and assertions that wait for the next byte, in no order. */
  members: readonly State[];
  /** The tags of the matches, as bits. */
  found: number;
}

/** The next byte is not known yet. */
export const unknownNext = -1;

/** Follows splits, matches and assertions. Remembers results, as few pairs of state and neighbours occur. */
export class Closures {
  readonly #nfa: Nfa;
  readonly #known = new Map<number, Closure>();

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
  }

  /** `previous` and `next` are `ByteKind`s of the bytes beside the place; `next` may be `unknownNext`. */
  of(state: State, previous: number, next: number): Closure {
    const key = (state * 8 + previous) * 8 + next + 1;
    let closure = this.#known.get(key);
    if (closure === undefined) {
      closure = this.#compute(state, previous, next);
      this.#known.set(key, closure);
    }
    return closure;
  }

  #compute(first: State, previous: number, next: number): Closure {
    const members: State[] = [];
    const seen = new Set<State>([first]);
    let found = 0;
    // A set can grow while it is walked: each state once, in the order of discovery.
    for (const number of seen) {
      const state = this.#nfa.states[number];
      if (state.kind === "bytes") members.push(number);
      else if (state.kind === "match") found |= 1 << state.tag;
      else if (state.kind === "split") { for (const target of state.next) seen.add(target); }
      else {
        const truth = holds(state.what, previous, next);
        if (truth === "later") members.push(number);
        else if (truth === "yes") seen.add(state.next);
        else if (truth === "unknown") seen.add(state.possible);
      }
    }
    return { members, found };
  }
}

function holds(what: Assertion, previous: number, next: number): "yes" | "no" | "unknown" | "later" {
  if (what === "start") return previous === ByteKind.start ? "yes" : "no";
  if (what === "lineStart") return previous === ByteKind.start || previous === ByteKind.newline ? "yes" : "no";
  if (next === unknownNext) return "later";
  if (what === "end") return next === ByteKind.end ? "yes" : "no";
  if (what === "lineEnd") return next === ByteKind.end || next === ByteKind.newline ? "yes" : "no";
  if (previous === ByteKind.beyondAscii || next === ByteKind.beyondAscii) return "unknown";
  return holdsBetween(what, previous === ByteKind.word, next === ByteKind.word) ? "yes" : "no";
}

function holdsBetween(what: "word" | "notWord" | "wordStart" | "wordEnd", before: boolean, after: boolean): boolean {
  switch (what) {
    case "word":
      return before !== after;
    case "notWord":
      return before === after;
    case "wordStart":
      return !before && after;
    case "wordEnd":
      return before && !after;
  }
}
