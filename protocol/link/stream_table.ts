import { maximumRefusedStreams, maximumStreams } from "../limits.ts";
import { LinkError } from "./errors.ts";
import type { Stream } from "./stream.ts";

/** Ids go up in twos and are never used again: the client's are odd, the server's even. */
export type Side = "client" | "server";

const idStep = 2;

/**
 * The streams of one side of a session that are still alive. An id of the peer that is not here was either never seen
 * (above the highest, or in `unseen`: a later one overtook it on another tunnel) or is over.
 */
export class StreamTable {
  readonly #streams = new Map<number, Stream>();
  readonly #unseen = new Set<number>();
  readonly #ownParity: number;
  /** The next id this side opens, and the highest one seen of the peer. */
  nextId: number;
  highestSeen: number;

  constructor(side: Side) {
    this.#ownParity = side === "client" ? 1 : 0;
    this.nextId = side === "client" ? 1 : 2;
    this.highestSeen = side === "client" ? 0 : -1;
  }

  get size(): number {
    return this.#streams.size;
  }

  get unseen(): ReadonlySet<number> {
    return this.#unseen;
  }

  get(id: number): Stream | undefined {
    return this.#streams.get(id);
  }

  values(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  add(stream: Stream): void {
    this.#streams.set(stream.id, stream);
  }

  delete(id: number): void {
    this.#streams.delete(id);
  }

  /** The session is over: nothing that is missing will come. */
  forget(): void {
    this.#unseen.clear();
  }

  isOwn(id: number): boolean {
    return id % idStep === this.#ownParity;
  }

  /** @throws {LinkError} "limit" */
  takeId(): number {
    if (this.#streams.size >= maximumStreams) {
      throw new LinkError("limit", `A session has at most ${maximumStreams} streams at once`);
    }
    const id = this.nextId;
    this.nextId += idStep;
    return id;
  }

  /**
   * Notes that a frame named `id`, which is not in the table. True when the peer has just opened it; false when it is over.
   *
   * @throws {LinkError} "violation" when this can't be
   */
  see(id: number): boolean {
    if (this.isOwn(id)) {
      if (id >= this.nextId) throw new LinkError("violation", `The peer names stream ${id}, which was never opened`);
      return false;
    }
    if (id <= this.highestSeen) return this.#unseen.delete(id);
    const skipped = (id - this.highestSeen) / idStep - 1;
    if (skipped + this.#unseen.size > maximumStreams || this.#streams.size >= maximumStreams + maximumRefusedStreams) {
      throw new LinkError("violation", "The peer opens more streams than it may");
    }
    for (let missing = this.highestSeen + idStep; missing < id; missing += idStep) this.#unseen.add(missing);
    this.highestSeen = id;
    return true;
  }
}
