/** A rule table for tests: whole paths and folders, each in some sets, as the proxy makes it from the real patterns. */
import type { Infer } from "../../protocol/schema.ts";
import { PathRules } from "../../protocol/layer/messages.ts";

export interface PathRule {
  path: string;
  /** Everything below belongs to it, too. */
  beneath?: boolean;
  /** Bits of `PathSet`. */
  sets: number;
}

interface State {
  next: Map<number, number>;
  sets: number;
  /** Where everything that no rule goes on from ends up. */
  otherwise: number;
}

const dead = 1;
const slash = 0x2f;

/** A trie with one state a byte; state 0 is the start, state 1 accepts nothing for ever. */
export function pathRules(rules: PathRule[]): Infer<typeof PathRules> {
  const states: State[] = [newState(), newState()];
  for (const rule of [...rules].sort((a, b) => a.path.length - b.path.length)) addRule(states, rule);
  return {
    classOf: Uint8Array.from({ length: 256 }, (_, byte) => lowerCase(byte)),
    classCount: 256,
    next: Uint16Array.from(states.flatMap(row)),
    accepts: Uint16Array.from(states, (state) => state.sets),
  };
}

function row(state: State): number[] {
  return Array.from({ length: 256 }, (_, byte) => state.next.get(byte) ?? state.otherwise);
}

function addRule(states: State[], { path, beneath, sets }: PathRule): void {
  let at = 0;
  for (const byte of new TextEncoder().encode(path.toLowerCase())) at = step(states, at, byte);
  states[at]!.sets |= sets;
  if (!beneath) return;
  const below = step(states, at, slash);
  states[below]!.sets |= sets;
  states[below]!.otherwise = states.push({ next: new Map(), sets, otherwise: states.length }) - 1;
}

function step(states: State[], at: number, byte: number): number {
  const known = states[at]!.next.get(byte);
  if (known !== undefined) return known;
  // Below a folder's rule, that rule's sets hold for what another rule does not name.
  const inherited = states[at]!.otherwise === dead ? newState() : {
    next: new Map(),
    sets: states[states[at]!.otherwise]!.sets,
    otherwise: states[at]!.otherwise,
  };
  const made = states.push(inherited) - 1;
  states[at]!.next.set(byte, made);
  return made;
}

function newState(): State {
  return { next: new Map(), sets: 0, otherwise: dead };
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
