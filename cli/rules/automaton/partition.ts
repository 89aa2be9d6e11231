/** Numbers 0 … n-1 in blocks that are split further and further. */
export class Partition {
  readonly blockOf: Uint32Array;
  /** The numbers, block after block; in each block the marked ones come first. */
  readonly #order: Uint32Array;
  readonly #position: Uint32Array;
  readonly #first: number[] = [];
  readonly #end: number[] = [];
  readonly #marked: number[] = [];
  readonly #touched: number[] = [];

  /** Numbers with equal `labels` begin in the same block. */
  constructor(labels: readonly number[]) {
    this.#order = Uint32Array.from(labels.keys()).sort((a, b) => labels[a] - labels[b]);
    this.#position = new Uint32Array(labels.length);
    this.blockOf = new Uint32Array(labels.length);
    for (const [position, number] of this.#order.entries()) {
      if (position === 0 || labels[number] !== labels[this.#order[position - 1]]) this.#addBlock(position, position);
      this.#position[number] = position;
      this.blockOf[number] = this.count - 1;
      this.#end[this.count - 1] = position + 1;
    }
  }

  get count(): number {
    return this.#first.length;
  }

  size(block: number): number {
    return this.#end[block] - this.#first[block];
  }

  /** The numbers of a block, as they are now. */
  members(block: number): Uint32Array {
    return this.#order.slice(this.#first[block], this.#end[block]);
  }

  mark(number: number): void {
    const block = this.blockOf[number];
    const boundary = this.#first[block] + this.#marked[block];
    if (this.#position[number] < boundary) return;
    if (this.#marked[block]++ === 0) this.#touched.push(block);
    const other = this.#order[boundary];
    this.#order[this.#position[number]] = other;
    this.#position[other] = this.#position[number];
    this.#order[boundary] = number;
    this.#position[number] = boundary;
  }

  /** Parts the marked numbers of each block from the others; `onSplit` is told the old block and the new one. */
  splitMarked(onSplit: (block: number, added: number) => void): void {
    for (const block of this.#touched.splice(0)) {
      const boundary = this.#first[block] + this.#marked[block];
      this.#marked[block] = 0;
      if (boundary === this.#end[block]) continue;
      const added = this.#addBlock(this.#first[block], boundary);
      this.#first[block] = boundary;
      for (let position = this.#first[added]; position < boundary; position++) {
        this.blockOf[this.#order[position]] = added;
      }
      onSplit(block, added);
    }
  }

  #addBlock(first: number, end: number): number {
    this.#end.push(end);
    this.#marked.push(0);
    return this.#first.push(first) - 1;
  }
}
