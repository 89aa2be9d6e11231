/** The rule table: all patterns of a session as one automaton, small enough to be mapped by every process. */
import type { PathRules } from "../../protocol/layer/messages.ts";
import type { Infer } from "../../protocol/schema.ts";
import { gist, hasRepeat, isAnchored, isRegular, regularised } from "./approximate.ts";
import { byteClasses } from "./automaton/byte_classes.ts";
import { determinise } from "./automaton/dfa.ts";
import { minimise, type Table } from "./automaton/minimise.ts";
import { Nfa, TooManyStates } from "./automaton/nfa.ts";
import type { Assertion, Node } from "../../config/pattern/syntax.ts";
import type { RuleSet } from "./rule_set.ts";
import { pathSets, type Rank, tagOf } from "./tags.ts";

/** A pattern as it goes into the table. Unless `sure`, its matches only mean that the proxy must be asked. */
interface Entry {
  rank: Rank;
  root: Node;
  sure: boolean;
}

/** A table of more entries (2 bytes each) is given up. */
const mostEntries = 150_000;

/** Below this, joining states that are alike takes longer than it is worth. */
const entriesWorthJoining = 32_000;

/** Makes the table. What cannot be put into it exactly asks the proxy for the paths it could concern. */
export function makeTable(rules: RuleSet): Infer<typeof PathRules> {
  const exact = entriesOf(rules);
  const attempts = [
    () => exact,
    () => exact.map((entry) => isAnchored(entry.root) ? entry : loosened(entry)),
    () => exact.map(loosened),
    () => exact.map(alwaysAsking),
  ];
  for (const attempt of attempts) {
    const table = tryTable(attempt());
    if (table !== null) return table;
  }
  throw new TooManyStates();
}

function entriesOf(rules: RuleSet): Entry[] {
  const entries: Entry[] = rules.mapping.map(({ pattern }) => entryOf("mapping", pattern.root));
  for (const [rank, patterns] of Object.entries(rules.patterns)) {
    for (const pattern of patterns) entries.push(entryOf(rank as Rank, pattern.root));
  }
  return entries;
}

function entryOf(rank: Rank, root: Node): Entry {
  return isRegular(root) ? { rank, root, sure: true } : { rank, root: regularised(root), sure: false };
}

function loosened(entry: Entry): Entry {
  if (isDefault(entry) || !hasRepeat(entry.root)) return entry;
  return { rank: entry.rank, root: gist(entry.root), sure: false };
}

function alwaysAsking(entry: Entry): Entry {
  return isDefault(entry) ? entry : { rank: entry.rank, root: { kind: "empty" }, sure: false };
}

function isDefault(entry: Entry): boolean {
  return entry.rank.startsWith("default");
}

/** The table of `entries`, `null` if it would be too large. */
function tryTable(entries: readonly Entry[]): Infer<typeof PathRules> | null {
  try {
    const nfa = new Nfa();
    const starts = entries.map(({ rank, root, sure }) => nfa.addPattern(root, tagOf(rank, sure), tagOf(rank, false)));
    const loop = nfa.addSearchLoop(starts);
    const { classOf, ...classes } = byteClasses(nfa.sets, entries.some(({ root }) => looksBeside(root)));
    const dfa = determinise(nfa, loop, classes, Math.floor(mostEntries / classes.count));
    const table = { ...dfa, classOf, accepts: dfa.found.map(pathSets) };
    return packed(dfa.next.length < entriesWorthJoining ? table : minimise(table));
  } catch (error) {
    if (error instanceof TooManyStates) return null;
    throw error;
  }
}

function packed(table: Table): Infer<typeof PathRules> {
  const { classOf, classCount, next, accepts } = table;
  return { classOf, classCount, next: Uint16Array.from(next), accepts: Uint16Array.from(accepts) };
}

const neighbourly = new Set<Assertion>(["lineStart", "lineEnd", "word", "notWord", "wordStart", "wordEnd"]);

/** Whether a pattern asks for the kind of a neighbouring character. */
function looksBeside(node: Node): boolean {
  switch (node.kind) {
    case "assertion":
      return neighbourly.has(node.what);
    case "sequence":
    case "choice":
      return node.items.some(looksBeside);
    case "repeat":
    case "group":
      return looksBeside(node.item);
    default:
      return false;
  }
}
