/** Patterns that a table can hold in place of ones it can't: they match at least the same paths. */
import type { Node } from "../../config/pattern/syntax.ts";

const anything: Node = {
  kind: "repeat",
  item: { kind: "class", source: "[^]", ascii: new Array<boolean>(128).fill(true), beyond: "all" },
  least: 0,
  most: Infinity,
  lazy: false,
  possessive: false,
};

/** Whether a pattern is regular, so that a table can hold it exactly. */
export function isRegular(node: Node): boolean {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.items.every(isRegular);
    case "repeat":
      return !node.possessive && isRegular(node.item);
    case "group":
      return isRegular(node.item);
    case "look":
    case "atomic":
    case "backreference":
      return false;
    default:
      return true;
  }
}

/** Leaves out look-arounds, lets back-references match anything and atomic groups give back what they found. */
export function regularised(node: Node): Node {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return { ...node, items: node.items.map(regularised) };
    case "repeat":
      return { ...node, item: regularised(node.item) };
    case "group":
    case "atomic":
      return regularised(node.item);
    case "look":
      return { kind: "empty" };
    case "backreference":
      return anything;
    default:
      return node;
  }
}

/**
 * The piece of a pattern between two repeats that says most. Repeats are what costs states: what was found before one has to
 * be remembered while everything else is looked for.
 */
export function gist(node: Node): Node {
  switch (node.kind) {
    case "choice":
      return { ...node, items: node.items.map(gist) };
    case "group":
      return gist(node.item);
    case "sequence":
      return { ...node, items: mostTelling(pieces(node.items)) };
    default:
      return hasRepeat(node) ? { kind: "empty" } : node;
  }
}

export function hasRepeat(node: Node): boolean {
  switch (node.kind) {
    case "sequence":
    case "choice":
      return node.items.some(hasRepeat);
    case "repeat":
      return node.most > 1 || hasRepeat(node.item);
    case "group":
      return hasRepeat(node.item);
    default:
      return false;
  }
}

/** Whether a pattern can only match from the start of the path. */
export function isAnchored(node: Node): boolean {
  switch (node.kind) {
    case "assertion":
      return node.what === "start";
    case "sequence":
      return isAnchored(node.items[0]);
    case "choice":
      return node.items.every(isAnchored);
    case "group":
      return isAnchored(node.item);
    default:
      return false;
  }
}

function pieces(items: readonly Node[]): Node[][] {
  const result: Node[][] = [[]];
  for (const item of items) {
    if (hasRepeat(item)) result.push([]);
    else result.at(-1)!.push(item);
  }
  return result;
}

function mostTelling(pieces: Node[][]): Node[] {
  return pieces.reduce((best, piece) => piece.length > best.length ? piece : best);
}
