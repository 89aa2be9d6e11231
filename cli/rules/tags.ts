/**
 * What a matching pattern tells, in the order in which it counts, and what is left to find out once something is known.
 *
 * A tag is a rank and whether the match is certain: bit `2 * rank` for a sure match, the bit above for a possible one
 * (the pattern cannot be put into a table, or the path has characters whose kind the table does not know).
 */
import { PathSet } from "../../protocol/layer/messages.ts";

/** The kinds of patterns, strongest first. */
const ranks = [
  "mapping",
  "notFound",
  "readWrite",
  "readOnly",
  "local",
  "defaultNotFound",
  "defaultReadOnly",
  "defaultLocal",
] as const;

export type Rank = (typeof ranks)[number];

const tagCount = ranks.length * 2;

export function tagOf(rank: Rank, sure: boolean): number {
  return ranks.indexOf(rank) * 2 + (sure ? 0 : 1);
}

/** The tags (as bits) that can still change the verdict when the tags `found` have matched. */
export function relevantTags(found: number): number {
  let relevant = 0;
  for (const [index, rank] of ranks.entries()) {
    const sure = 1 << (2 * index);
    const possible = sure << 1;
    if ((found & sure) === 0) relevant |= sure;
    if ((found & (sure | possible)) === 0) relevant |= possible;
    // A default read-only path is remote when read, but the weaker local defaults decide about writing it.
    const decided = (found & possible) !== 0 || ((found & sure) !== 0 && rank !== "defaultReadOnly");
    if (decided) break;
  }
  return relevant;
}

/** `found` without what is overruled. */
export function withoutOverruled(found: number): number {
  let kept = 0;
  for (let tag = 0; tag < tagCount; tag++) {
    const bit = 1 << tag;
    if ((found & bit) !== 0 && (relevantTags(kept) & bit) !== 0) kept |= bit;
  }
  return kept;
}

/** The bits of `PathRules.accepts`. Sets that are overruled by a stronger one are left out. */
export function pathSets(found: number): number {
  let sets = 0;
  for (const [index, rank] of ranks.entries()) {
    const sure = (found >> (2 * index)) & 1;
    const possible = (found >> (2 * index + 1)) & 1;
    if (sure === 0 && possible === 0) continue;
    if (sure === 0 || rank === "mapping") return sets | PathSet.ask;
    sets |= PathSet[rank];
    if (rank !== "defaultReadOnly") return sets;
  }
  return sets;
}
