/** All the flows of one mirrored port, for one client. */
import type { Endpoints } from "./client.ts";
import type { IncomingCounters } from "./counters.ts";
import { Flow } from "./flow.ts";
import { startsRequest } from "./request_start.ts";
import type { Segment } from "./segment.ts";

/** Where a flow's bytes go. */
export interface FlowSink {
  /** False when they could not be taken. */
  send(bytes: Uint8Array): boolean;
  end(): void;
  /** Breaks off: what was sent is not all that there was. */
  reset(): void;
  /** The other side wants no more of this. */
  readonly isClosed: boolean;
}

export interface FlowTableOptions {
  /** Null when this flow is not to be mirrored. */
  open(endpoints: Endpoints): FlowSink | null;
  readonly counters: IncomingCounters;
  /** Whether a connection still exists: its end is not always seen (only the client's side is), nor a client that died. */
  isAlive(endpoints: Endpoints): boolean;
  /** Flows remembered at once; the one silent for longest makes room. */
  readonly flowsMax?: number;
}

/** How long an ended flow is remembered, so that late repetitions of its segments are not taken for something new. */
const LINGER_MS = 5000;

/** After so much silence, and again after as much, a flow's connection is looked for. */
const SILENCE_MS = 30_000;

interface Entry {
  readonly endpoints: Endpoints;
  readonly firstSequence: number;
  readonly flow: Flow;
  /** Null until the client has answered the target's SYN: what the target refuses is not mirrored. */
  sink: FlowSink | null;
  endedMs: number | null;
  heardMs: number;
}

export class FlowTable {
  /** The flow heard of least recently comes first. */
  readonly #entries = new Map<string, Entry>();
  readonly #flowsMax: number;
  #isRetired = false;

  constructor(private readonly options: FlowTableOptions) {
    this.#flowsMax = options.flowsMax ?? 8192;
  }

  accept(segment: Segment, nowMs: number): void {
    const key = segment.flow;
    const known = this.#entries.get(key);
    const entry = segment.opens
      ? this.#opening(key, known, segment, nowMs)
      : known ?? this.#joined(key, segment, nowMs);
    if (!entry || entry.endedMs !== null) return;
    this.#touch(key, entry, nowMs);
    if (segment.opens && segment.payload.length === 0) return;
    if (!entry.sink && !this.#open(key, entry, segment)) return;
    entry.flow.accept(segment, nowMs);
    if (entry.flow.isOver) entry.endedMs = nowMs;
  }

  /** To be called about once a second. */
  sweep(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      entry.flow.checkGap(nowMs);
      if (entry.endedMs !== null && nowMs - entry.endedMs > LINGER_MS) this.#entries.delete(key);
      else if (entry.endedMs === null && nowMs - entry.heardMs > SILENCE_MS) this.#look(key, entry, nowMs);
    }
  }

  /** Begins no flow any more; those that are open go on. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Retired, and no flow is open any more. */
  get isOver(): boolean {
    return this.#isRetired && [...this.#entries.values()].every(({ sink, endedMs }) => !sink || endedMs !== null);
  }

  /** Ends every flow. */
  close(): void {
    for (const key of this.#entries.keys()) this.#abandon(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A SYN: repeated, or of a new connection between the same ports. */
  #opening(key: string, known: Entry | undefined, segment: Segment, nowMs: number): Entry {
    if (known?.firstSequence === segment.sequence) return known;
    this.#abandon(key);
    return this.#add(key, segment, nowMs);
  }

  /** A flow that began before we listened. */
  #joined(key: string, segment: Segment, nowMs: number): Entry | null {
    return startsRequest(segment.payload) ? this.#add(key, segment, nowMs) : null;
  }

  #add(key: string, segment: Segment, nowMs: number): Entry {
    const flow = new Flow(segment.sequence, {
      data: (bytes) => this.#send(key, bytes),
      end: () => entry.sink?.end(),
      gap: () => {
        this.options.counters.flowsWithGaps++;
        this.#abandon(key);
      },
    });
    const { endpoints, sequence: firstSequence } = segment;
    const entry: Entry = { endpoints, firstSequence, flow, sink: null, endedMs: null, heardMs: nowMs };
    if (this.#entries.size >= this.#flowsMax) this.#abandon(this.#entries.keys().next().value!);
    this.#entries.set(key, entry);
    return entry;
  }

  #touch(key: string, entry: Entry, nowMs: number): void {
    entry.heardMs = nowMs;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #look(key: string, entry: Entry, nowMs: number): void {
    entry.heardMs = nowMs;
    if (this.options.isAlive(entry.endpoints)) return;
    this.#entries.delete(key);
    entry.sink?.end();
  }

  #open(key: string, entry: Entry, segment: Segment): boolean {
    entry.sink = segment.resets || this.#isRetired ? null : this.options.open(entry.endpoints);
    if (entry.sink) this.options.counters.flows++;
    else this.#entries.delete(key);
    return entry.sink !== null;
  }

  #send(key: string, bytes: Uint8Array): void {
    const sink = this.#entries.get(key)?.sink;
    if (!sink || sink.send(bytes)) return;
    if (!sink.isClosed) this.options.counters.flowsTooFast++;
    this.#abandon(key);
  }

  /** Forgets a flow, which may then be joined again at its next request. */
  #abandon(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry?.sink && entry.endedMs === null) entry.sink.reset();
  }
}
