import { maximumPieces } from "../limits.ts";
import { copyOf } from "./blocks.ts";
import { LinkError } from "./errors.ts";

interface Piece {
  start: number;
  bytes: Uint8Array;
}

/** Takes bytes that are in order. */
export interface Delivery {
  deliver(bytes: Uint8Array): void;
}

const none: Piece[] = [];

/**
 * Puts a stream's bytes in order again when they came over several tunnels: pieces may come early, twice, or overlap.
 * Bytes are handed on as copies, each exactly once.
 */
export class Reassembly {
  /** All bytes before this offset have come. */
  received = 0;
  #early = none;

  /** Number of early pieces kept. */
  get waiting(): number {
    return this.#early.length;
  }

  /** End of the last byte that came, in order or early. */
  get highest(): number {
    const last = this.#early.at(-1);
    return last === undefined ? this.received : last.start + last.bytes.length;
  }

  /**
   * Takes the bytes at `offset`, handing on those that are now in order.
   *
   * @throws {LinkError} "limit" when too many pieces wait for an earlier one
   */
  add(offset: number, bytes: Uint8Array, to: Delivery): void {
    const end = offset + bytes.length;
    if (end <= this.received) return;
    if (offset > this.received) {
      this.#keep(offset, bytes);
      return;
    }
    const fresh = copyOf(bytes.subarray(this.received - offset));
    this.received = end;
    to.deliver(fresh);
    if (this.#early.length > 0) this.#deliverEarly(to);
  }

  clear(): void {
    this.#early = none;
  }

  #deliverEarly(to: Delivery): void {
    let taken = 0;
    for (const { start, bytes } of this.#early) {
      if (start > this.received) break;
      taken++;
      const end = start + bytes.length;
      if (end <= this.received) continue;
      const fresh = bytes.subarray(this.received - start);
      this.received = end;
      to.deliver(fresh);
    }
    this.#early = taken === this.#early.length ? none : this.#early.slice(taken);
  }

  /** Keeps the parts that no kept piece covers yet; kept pieces are in order and never overlap. */
  #keep(start: number, bytes: Uint8Array): void {
    if (this.#early === none) this.#early = [];
    const early = this.#early;
    const end = start + bytes.length;
    let index = early.length;
    while (index > 0 && early[index - 1]!.start >= start) index--;
    let from = start;
    if (index > 0) from = Math.max(from, early[index - 1]!.start + early[index - 1]!.bytes.length);
    while (from < end) {
      const next = early[index];
      const until = next === undefined ? end : Math.min(end, next.start);
      if (until > from) {
        if (early.length >= maximumPieces) throw new LinkError("limit", "Too many pieces of a stream came early");
        early.splice(index, 0, { start: from, bytes: bytes.slice(from - start, until - start) });
        index++;
      }
      if (next === undefined) break;
      from = Math.max(from, next.start + next.bytes.length);
      index++;
    }
  }
}
