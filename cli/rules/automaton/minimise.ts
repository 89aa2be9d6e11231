import { Partition } from "./partition.ts";

/** See `PathRules` in protocol/layer/messages.ts. */
export interface Table {
  classOf: Uint8Array;
  classCount: number;
  next: readonly number[];
  accepts: readonly number[];
}

/** Joins states that can't be told apart by what they accept, then byte classes that can't. */
export function minimise(table: Table): Table {
  const { states, numberOf } = distinctStates(table);
  const next = (state: number, column: number) => numberOf[table.next[state * table.classCount + column]];

  const columns = new Map<string, number>();
  const kept: number[] = [];
  const columnClass = Uint8Array.from({ length: table.classCount }, (_, column) => {
    const key = states.map((state) => next(state, column)).join();
    if (!columns.has(key)) columns.set(key, kept.push(column) - 1);
    return columns.get(key)!;
  });
  return {
    classOf: table.classOf.map((column) => columnClass[column]),
    classCount: kept.length,
    next: states.flatMap((state) => kept.map((column) => next(state, column))),
    accepts: states.map((state) => table.accepts[state]),
  };
}

/** One state of each kind, the start first, and for every state the place of its like in that list. */
function distinctStates(table: Table): { states: number[]; numberOf: Uint32Array } {
  const { blockOf } = refine(table);
  const numbers = new Map<number, number>();
  const states: number[] = [];
  const numberOf = blockOf.map((block, state) => {
    if (!numbers.has(block)) numbers.set(block, states.push(state) - 1);
    return numbers.get(block)!;
  });
  return { states, numberOf };
}

/** Hopcroft's algorithm: splits blocks by whether a byte class leads into another block. */
function refine(table: Table): Partition {
  const { origins, ends } = originsOf(table);
  const partition = new Partition(table.accepts);
  const waiting = new Set<number>(Array.from({ length: partition.count }, (_, block) => block));
  for (const splitter of waiting) {
    waiting.delete(splitter);
    const members = partition.members(splitter);
    for (let column = 0; column < table.classCount; column++) {
      for (const member of members) {
        const slot = member * table.classCount + column;
        for (let index = ends[slot]; index < ends[slot + 1]; index++) partition.mark(origins[index]);
      }
      partition.splitMarked((block, added) => {
        const smaller = partition.size(added) < partition.size(block) ? added : block;
        waiting.add(waiting.has(block) ? added : smaller);
      });
    }
  }
  return partition;
}

/** The states from which a byte class leads to a state: `origins` from `ends[slot]` to `ends[slot + 1]`. */
function originsOf({ next, classCount, accepts }: Table): { origins: Uint32Array; ends: Uint32Array } {
  const ends = new Uint32Array(accepts.length * classCount + 1);
  const slots = Uint32Array.from(next, (target, edge) => target * classCount + edge % classCount);
  for (const slot of slots) ends[slot + 1]++;
  for (let index = 1; index < ends.length; index++) ends[index] += ends[index - 1];
  const filled = ends.slice();
  const origins = new Uint32Array(next.length);
  for (const [edge, slot] of slots.entries()) origins[filled[slot]++] = Math.floor(edge / classCount);
  return { origins, ends };
}
