/**
 * Answers asked ahead. `ls -l`, `du` and backups ask about one entry of a directory after the other, and each question goes
 * to the target and back. Who lists a directory and then asks about two of its entries gets the answers for the next ones
 * with the second. Each is used once, and only for a moment: what was asked ahead must not be what was true before.
 */
import type { Infer } from "../../../protocol/schema.ts";
import type { EntryAnswer, EntryQuestion } from "../../../protocol/agent/messages.ts";
import { EntryType } from "../../system/directory.ts";
import type { AgentLink } from "../agent_link.ts";
import { BoundedMap } from "../bounded_map.ts";
import { byteKey, keyBytes } from "./byte_key.ts";

type Question = Infer<typeof EntryQuestion>;
type Answer = Infer<typeof EntryAnswer>;
export type AnswerAhead = Exclude<Answer, { skipped: unknown }>;

/** A directory as it was shown to a program. */
export interface Listing {
  /** By name (one character a byte); `type` as in `d_type`. */
  entries: ReadonlyMap<string, { type: number }>;
  shownMs: number;
}

export interface LookAheadOptions {
  link: Pick<AgentLink, "ask">;
  /** What was shown of the directory at a path (one character a byte). */
  listingOf(directory: string): Listing | undefined;
  /** False while programs write to the target's files: then answers change at any moment. */
  mayAsk(): boolean;
}

/** An answer that is older is asked for anew. */
const heldMs = 200;
/** A program that begins to ask so long after it has listed the directory is not going through it. */
const startsWithinMs = 5_000;
/** It has stopped going through it after so long without a question. */
const pausesMs = 1_000;
/** So many answers take the agent some milliseconds and are some 30 kB. */
const batchMost = 256;
const batchFirst = 64;
/** In a large directory questions are in order when their entries are no farther apart. */
const strideMost = 16;
const walksMost = 64;
const slash = "/".charCodeAt(0);
const S_IFMT = 0o170000, S_IFLNK = 0o120000;

export class LookAhead {
  readonly #options: LookAheadOptions;
  #walks = new BoundedMap<string, Walk>(walksMost);

  constructor(options: LookAheadOptions) {
    this.#options = options;
  }

  /** The answer about what is at `path`, or null: ask for it alone. Never rejects. */
  async answer(path: Uint8Array, question: Question, followLinks: boolean): Promise<AnswerAhead | null> {
    const cut = path.lastIndexOf(slash);
    const directory = byteKey(path.subarray(0, Math.max(cut, 1)));
    const name = byteKey(path.subarray(cut + 1));
    const listing = this.#options.listingOf(directory);
    const type = listing?.entries.get(name)?.type;
    if (listing === undefined || type === undefined || (followLinks && type === EntryType.link)) return null;
    if (!this.#options.mayAsk()) return this.forget();
    const walk = this.#walk(directory, listing, question);
    const answer = await walk?.answer(name, (names) => this.#ask(directory, names, question)) ?? null;
    const isLink = answer !== null && "stat" in answer && (answer.stat.mode & S_IFMT) === S_IFLNK;
    return followLinks && isLink ? null : answer;
  }

  /** Something of the target was changed by this session: what was asked before it holds no more. */
  forget(): null {
    if (this.#walks.size > 0) this.#walks = new BoundedMap(walksMost);
    return null;
  }

  #walk(directory: string, listing: Listing, question: Question): Walk | undefined {
    const key = `${directory}\0${Object.keys(question)}${
      "getAttribute" in question ? byteKey(question.getAttribute.name) : ""
    }`;
    const known = this.#walks.get(key);
    if (known !== undefined && known.shownMs === listing.shownMs && !known.isOver) return known;
    if (performance.now() - listing.shownMs > startsWithinMs) return undefined;
    const walk = new Walk(listing);
    this.#walks.set(key, walk);
    return walk;
  }

  async #ask(directory: string, names: string[], question: Question): Promise<Answer[]> {
    const request = { directory: keyBytes(directory), names: names.map(keyBytes), question };
    // Whoever asks alone learns what is wrong.
    return await this.#options.link.ask("askEntries", request).then(({ answers }) => answers, () => []);
  }
}

/** A program's way through the entries of one directory, with one question. */
class Walk {
  readonly shownMs: number;
  readonly #names: string[];
  readonly #places: Map<string, number>;
  readonly #answers = new Map<string, Answer>();
  #answeredMs = 0;
  #coming: { names: Set<string>; arrived: Promise<void> } | null = null;
  #lastPlace = -1;
  #lastMs = performance.now();
  #batch = batchFirst;
  /** The agent gives no answers ahead: on file systems that may keep it waiting. */
  #isInVain = false;

  constructor({ entries, shownMs }: Listing) {
    this.shownMs = shownMs;
    this.#names = [...entries.keys()];
    this.#places = new Map(this.#names.map((name, place) => [name, place]));
  }

  get isOver(): boolean {
    return performance.now() - this.#lastMs > pausesMs;
  }

  async answer(name: string, ask: (names: string[]) => Promise<Answer[]>): Promise<AnswerAhead | null> {
    const place = this.#places.get(name);
    if (place === undefined || this.#isInVain) return null;
    this.#lastMs = performance.now();
    if (this.#coming?.names.has(name)) await this.#coming.arrived;
    else if (!this.#knows(name)) {
      const step = this.#stepTo(place);
      if (step === 0) return null;
      await this.#fetch(this.#namesFrom(place, step), ask);
    }
    return this.#take(name);
  }

  #knows(name: string): boolean {
    return this.#answers.has(name) && performance.now() - this.#answeredMs <= heldMs;
  }

  #take(name: string): AnswerAhead | null {
    this.#lastPlace = this.#places.get(name)!;
    const answer = this.#knows(name) ? this.#answers.get(name)! : null;
    this.#answers.delete(name);
    return answer === null || "skipped" in answer ? null : answer;
  }

  /** In which direction the program goes, 1 or −1; 0 as long as it does not show that it goes through all of them. */
  #stepTo(place: number): number {
    const distance = place - this.#lastPlace;
    const isFirst = this.#lastPlace === -1;
    this.#lastPlace = place;
    if (isFirst || distance === 0) return 0;
    return this.#names.length <= batchMost || Math.abs(distance) <= strideMost ? Math.sign(distance) : 0;
  }

  /** The entries that are probably asked about next, and first the one at `place`: of a small directory all the others. */
  #namesFrom(place: number, step: number): string[] {
    const all = this.#names;
    if (all.length <= batchMost) return [all[place]!, ...all.filter((_, other) => other !== place)];
    const size = this.#batch;
    this.#batch = Math.min(2 * size, batchMost);
    return step > 0 ? all.slice(place, place + size) : all.slice(Math.max(0, place - size + 1), place + 1).reverse();
  }

  async #fetch(names: string[], ask: (names: string[]) => Promise<Answer[]>): Promise<void> {
    const coming = { names: new Set(names), arrived: ask(names).then((answers) => this.#keep(names, answers)) };
    this.#coming = coming;
    try {
      await coming.arrived;
    } finally {
      if (this.#coming === coming) this.#coming = null;
    }
  }

  #keep(names: string[], answers: Answer[]): void {
    this.#isInVain = answers.length === 0;
    this.#answers.clear();
    answers.forEach((answer, index) => this.#answers.set(names[index]!, answer));
    this.#answeredMs = performance.now();
  }
}
