/** The deterministic automaton of all patterns together (subset construction, with what cannot matter any more left out). */
import { relevantTags, withoutOverruled } from "../tags.ts";
import { type ByteClasses, ByteKind } from "./byte_classes.ts";
import { Closures, unknownNext } from "./closure.ts";
import { type Nfa, type State, TooManyStates } from "./nfa.ts";

/** State 0 is the start; `next[state * classCount + class]`; `found` holds tags, as bits, for a path that ends there. */
export interface Dfa {
  classCount: number;
  next: number[];
  found: number[];
}

/**
 * States of the nondeterministic automaton in which the path read so far may have put it: those that read bytes,
 * assertions that wait for the next byte, and the search loop between two characters.
 */
interface Subset {
  members: readonly State[];
  /** Tags known already, without overruled ones. */
  found: number;
  /** The `ByteKind` before this place. */
  previous: number;
}

/** What is common to all subsets that have the search loop, the same tags found and the same neighbours. */
interface Beginnings {
  /** Where the loop goes with each byte class, and the same as text. */
  targets: readonly (readonly State[] | undefined)[];
  keys: readonly (string | undefined)[];
  /** What matches without reading on. */
  found: number;
  /** Subsets reached, by the key of the loop's targets, with those of other members after a colon. */
  successors: Map<string, number>;
}

function noBeginnings(): Beginnings {
  return { targets: [], keys: [], found: 0, successors: new Map() };
}

/** A path that is not UTF-8: only the proxy knows what becomes of its odd bytes. */
const askTag = 0;

/** Determinises `nfa` from its search loop. Throws `TooManyStates` beyond `mostStates`. */
export function determinise(nfa: Nfa, loop: State, classes: Omit<ByteClasses, "classOf">, mostStates: number): Dfa {
  return new Construction(nfa, loop, classes, mostStates).run();
}

class Construction {
  readonly #nfa: Nfa;
  readonly #loop: State;
  readonly #classes: Omit<ByteClasses, "classOf">;
  readonly #mostStates: number;
  readonly #closures: Closures;
  readonly #subsets: Subset[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #relevant = new Map<number, number>();
  readonly #startsLater = new Map<number, boolean>();
  readonly #knownBeginnings = new Map<number, Beginnings>();
  readonly #kinds: ReadonlySet<number>;

  constructor(nfa: Nfa, loop: State, classes: Omit<ByteClasses, "classOf">, mostStates: number) {
    this.#nfa = nfa;
    this.#loop = loop;
    this.#classes = classes;
    this.#mostStates = mostStates;
    this.#closures = new Closures(nfa);
    this.#kinds = new Set(classes.kinds);
  }

  run(): Dfa {
    const dfa: Dfa = { classCount: this.#classes.count, next: [], found: [] };
    this.#numberOf(this.#arrive([this.#loop], 0, ByteKind.start));
    // Grows while it is walked: each subset once, in the order of discovery.
    for (const subset of this.#subsets) {
      dfa.next.push(...this.#successors(subset));
      dfa.found.push(this.#foundAtEnd(subset));
    }
    return dfa;
  }

  #successors(subset: Subset): number[] {
    const successors: number[] = new Array(this.#classes.count);
    for (const kind of this.#kinds) this.#successorsOfKind(subset, kind, successors);
    return successors;
  }

  /** Fills in the successors for the byte classes of one kind. */
  #successorsOfKind(subset: Subset, kind: number, successors: number[]): void {
    const beginnings = subset.members.includes(this.#loop) ? this.#beginnings(subset, kind) : noBeginnings();
    const { members, found } = this.#settle(subset, kind);
    const reached: (State[] | undefined)[] = new Array(this.#classes.count);
    for (const member of members) this.#read(member, reached);
    const searching = subset.members.some((member) => this.#nfa.tags[member] < 0);
    const known = found === subset.found ? beginnings.successors : new Map<string, number>();
    for (let byteClass = 0; byteClass < this.#classes.count; byteClass++) {
      if (this.#classes.kinds[byteClass] !== kind) continue;
      const own = reached[byteClass];
      const key = own === undefined ? beginnings.keys[byteClass] ?? "" : `${beginnings.keys[byteClass]}:${own.join()}`;
      let number = known.get(key);
      if (number === undefined) {
        const targets = [...beginnings.targets[byteClass] ?? [], ...own ?? []];
        const lost = searching && !targets.some((target) => this.#nfa.tags[target] < 0);
        number = this.#numberOf(lost ? this.#lost() : this.#arrive(targets, found | beginnings.found, kind));
        known.set(key, number);
      }
      successors[byteClass] = number;
    }
  }

  /** Adds to each byte class where a member goes with it. */
  #read(member: State, reached: (State[] | undefined)[]): void {
    const state = this.#nfa.states[member];
    if (state.kind !== "bytes") return;
    for (const byteClass of this.#classes.classesOf[state.set.id]) (reached[byteClass] ??= []).push(state.next);
  }

  /** What the search loop does here: it reads on, and begins every pattern. Most subsets have this in common. */
  #beginnings(subset: Subset, next: number): Beginnings {
    const key = (subset.found * 8 + subset.previous) * 8 + next;
    let beginnings = this.#knownBeginnings.get(key);
    if (beginnings === undefined) {
      const closure = this.#closures.of(this.#loop, subset.previous, next);
      const targets: (State[] | undefined)[] = new Array(this.#classes.count);
      for (const member of closure.members) if (this.#matters(member, subset.found)) this.#read(member, targets);
      beginnings = {
        targets,
        keys: Array.from(targets, (reached) => reached?.join() ?? ""),
        found: closure.found,
        successors: new Map(),
      };
      this.#knownBeginnings.set(key, beginnings);
    }
    return beginnings;
  }

  /** The members, without the search loop, after the assertions that waited for the next byte. */
  #settle(subset: Subset, next: number): { members: Iterable<State>; found: number } {
    const members = new Set<State>();
    let found = subset.found;
    for (const member of subset.members) {
      if (member === this.#loop) continue;
      if (this.#nfa.states[member].kind === "bytes") members.add(member);
      else {
        const closure = this.#closures.of(member, subset.previous, next);
        for (const reached of closure.members) members.add(reached);
        found |= closure.found;
      }
    }
    return { members, found };
  }

  /** The subset after a byte of the kind `previous` led to `targets`. */
  #arrive(targets: readonly State[], foundBefore: number, previous: number): Subset {
    const closures = targets.map((target) => this.#closures.of(target, previous, unknownNext));
    const found = withoutOverruled(closures.reduce((bits, closure) => bits | closure.found, foundBefore));
    const members = new Set<State>();
    for (const [index, closure] of closures.entries()) {
      if (targets[index] === this.#loop) members.add(this.#loop);
      else for (const member of closure.members) if (this.#matters(member, found)) members.add(member);
    }
    const onlySearching = !this.#canStartLater(found) && [...members].every((member) => this.#nfa.tags[member] < 0);
    return { members: onlySearching ? [] : [...members].sort((a, b) => a - b), found, previous };
  }

  /** Whether a state can still lead to something that changes the verdict. */
  #matters(member: State, found: number): boolean {
    const tag = this.#nfa.tags[member];
    return tag < 0 || ((this.#relevantTo(found) >> tag) & 1) === 1;
  }

  #relevantTo(found: number): number {
    let relevant = this.#relevant.get(found);
    if (relevant === undefined) this.#relevant.set(found, relevant = relevantTags(found));
    return relevant;
  }

  /** Whether a pattern that matters can begin in the middle of the path. */
  #canStartLater(found: number): boolean {
    let answer = this.#startsLater.get(found);
    if (answer === undefined) {
      answer = Object.values(ByteKind).some((previous) =>
        previous !== ByteKind.start && previous !== ByteKind.end &&
        this.#closures.of(this.#loop, previous, unknownNext).members.some((member) =>
          this.#nfa.tags[member] >= 0 && this.#matters(member, found)
        )
      );
      this.#startsLater.set(found, answer);
    }
    return answer;
  }

  #lost(): Subset {
    return { members: [], found: 1 << askTag, previous: ByteKind.other };
  }

  #foundAtEnd(subset: Subset): number {
    const { found } = this.#settle(subset, ByteKind.end);
    if (subset.members.includes(this.#loop)) return found | this.#beginnings(subset, ByteKind.end).found;
    const insideCharacter = subset.members.some((member) => this.#nfa.tags[member] < 0);
    return insideCharacter ? found | (1 << askTag) : found;
  }

  #numberOf(subset: Subset): number {
    const looksBack = subset.members.some((member) => this.#nfa.states[member].kind !== "bytes");
    const key = `${subset.found}:${looksBack ? subset.previous : ""}:${subset.members.join()}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#subsets.length >= this.#mostStates) throw new TooManyStates();
      number = this.#subsets.push(subset) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
