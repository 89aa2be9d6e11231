/** A first-in first-out queue without the cost of `Array.shift`. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first === 1024) {
      this.#items.splice(0, 1024);
      this.#first = 0;
    }
    return item;
  }

  /** The item that `shift` would return. */
  peek(): T | undefined {
    return this.#items[this.#first];
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    if (this.#first > 0) this.#items[--this.#first] = item;
    else this.#items.unshift(item);
  }

  clear(): void {
    this.#items.length = 0;
    this.#first = 0;
  }
}
