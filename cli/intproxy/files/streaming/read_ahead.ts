/**
 * What one reader of a large file will want next. Who reads on where it stopped gets as much ahead as it has read already,
 * up to a bound; who jumps gets what it asks for and nothing else. What was read is kept by the kernel, not here.
 */
import { largestReadBytes } from "../editor.ts";

const smallestWindowBytes = 128 * 1024;
const largestWindowBytes = 8 << 20;
const largestPieceBytes = largestReadBytes;
/** The kernel itself reads ahead, so a reader's questions may overtake each other by so much. */
const slackBytes = 512 * 1024;

/** What all readers together may hold ahead. */
const totalBytes = 32 << 20;
/** What a reader holds that has not read for so long may be given to others. */
const idleMs = 1000;

/** The bytes at `offset` in pieces; fewer only at the end of the file. */
export type Fetch = (offset: number, length: number) => Promise<Uint8Array[]>;

interface Piece {
  begin: number;
  end: number;
  coming: Promise<Uint8Array[]>;
  /** Known when it has come. */
  content: Uint8Array[] | null;
}

/** Shared by all readers. */
export class ReadAheadBudget {
  #bytes = 0;
  /** Who holds something, and when each has read last. */
  readonly #readers = new Map<ReadAhead, number>();

  get bytes(): number {
    return this.#bytes;
  }

  /** How much one of them may hold. */
  get shareBytes(): number {
    return totalBytes / Math.max(1, this.#readers.size);
  }

  /** Takes room for `reader`, if need be from who has not read for a while; false if there is none. */
  take(bytes: number, reader: ReadAhead): boolean {
    const nowMs = performance.now();
    this.#readers.delete(reader);
    for (const [other, readMs] of this.#readers) {
      if (this.#bytes + bytes <= totalBytes || nowMs - readMs < idleMs) break;
      other.forget(0);
    }
    this.#readers.set(reader, nowMs);
    if (this.#bytes + bytes > totalBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  leave(reader: ReadAhead): void {
    this.#readers.delete(reader);
  }
}

export class ReadAhead {
  readonly #fetch: Fetch;
  readonly #budget: ReadAheadBudget;
  /** Without gaps, in order. */
  #pieces: Piece[] = [];
  /** Where the reader is expected to go on, and how much it has read in a row. */
  #next = 0;
  #inRow = 0;

  constructor(fetch: Fetch, budget: ReadAheadBudget) {
    this.#fetch = fetch;
    this.#budget = budget;
  }

  /** The bytes at `offset`, fewer only at the end of the file, whose size is `size`. */
  read(offset: number, length: number, size: number): Uint8Array[] | Promise<Uint8Array[]> {
    const end = Math.min(offset + length, size);
    if (end <= offset) return [];
    const isInRow = offset <= this.#next + slackBytes && offset + slackBytes >= this.#next;
    if (!isInRow) this.forget(0);
    this.#inRow = isInRow ? this.#inRow + Math.max(0, end - this.#next) : 0;
    this.#next = isInRow ? Math.max(this.#next, end) : end;
    const covered = this.#cover(offset, end);
    if (covered === null) {
      const alone = this.#fetch(offset, end - offset);
      if (isInRow) this.#lookAhead(size);
      return alone;
    }
    this.#lookAhead(size);
    const parts = covered.every((piece) => piece.content !== null)
      ? joined(covered, offset, end)
      : Promise.all(covered.map((piece) => piece.coming)).then(() => joined(covered, offset, end));
    this.#drop(this.#next - slackBytes);
    return parts;
  }

  /** Gives up what lies at or behind an offset: it is another content now. */
  forget(offset: number): void {
    const kept = this.#pieces.findIndex((piece) => piece.end > offset);
    for (const piece of kept < 0 ? [] : this.#pieces.splice(kept)) this.#budget.give(piece.end - piece.begin);
    if (this.#pieces.length === 0) this.#budget.leave(this);
  }

  /** The pieces that hold everything between two offsets; what is missing behind them is asked for. Null: not so. */
  #cover(offset: number, end: number): Piece[] | null {
    const first = this.#pieces[0];
    if (first === undefined || offset < first.begin || offset > this.#end()) return null;
    if (end > this.#end() && !this.#extend(end)) return null;
    return this.#pieces.filter((piece) => piece.end > offset && piece.begin < end);
  }

  #lookAhead(size: number): void {
    const most = Math.min(largestWindowBytes, this.#budget.shareBytes);
    if (most < smallestWindowBytes) return;
    const window = Math.min(Math.max(this.#inRow, smallestWindowBytes), most);
    const wanted = Math.min(this.#next + window, size);
    const pieceBytes = Math.min(window / 2, largestPieceBytes);
    if (this.#pieces.length > 0 && this.#end() < this.#next) this.forget(0);
    while (this.#end() < wanted && (wanted - this.#end() >= pieceBytes || wanted === size)) {
      if (!this.#extend(Math.min(this.#end() + largestPieceBytes, wanted))) return;
    }
  }

  #end(): number {
    return this.#pieces.at(-1)?.end ?? this.#next;
  }

  /** Asks for what lies between the last piece and `end`. */
  #extend(end: number): boolean {
    const begin = this.#end();
    if (!this.#budget.take(end - begin, this)) return false;
    const piece: Piece = { begin, end, coming: this.#fetch(begin, end - begin), content: null };
    piece.coming.then((content) => piece.content = content, () => this.forget(begin));
    this.#pieces.push(piece);
    return true;
  }

  /** Gives back what lies wholly before an offset. */
  #drop(offset: number): void {
    while (this.#pieces.length > 0 && this.#pieces[0]!.end <= offset) {
      const piece = this.#pieces.shift()!;
      this.#budget.give(piece.end - piece.begin);
    }
  }
}

/** What the pieces hold between two offsets, up to the first that is shorter than it should be. */
function joined(pieces: Piece[], offset: number, end: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    let at = piece.begin;
    for (const part of piece.content!) {
      const wanted = part.subarray(Math.max(0, offset - at), Math.max(0, end - at));
      if (wanted.length > 0) parts.push(wanted);
      at += part.length;
    }
    if (at < piece.end) break;
  }
  return parts;
}
