/**
 * Synchronisation after a lost tunnel. Each side tells what it knows, and both go on from there:
 *
 *     asks u8                                            1: the sender waits for the other's knowledge
 *     highest epoch u32, count u16, live epochs u32…     every other epoch up to the highest is dead
 *     next own id u64
 *     highest id seen of the peer + 1 u64, count u32, unseen ids u64…
 *     count u32, streams: id u64, flags u8, received u64, consumed u64, limit u64
 *
 * It is sent in parts of at most one frame each. An own stream that is missing was never seen when the peer says so,
 * and is over otherwise: a side forgets a stream only when it has everything and knows that the peer has too.
 * Applying one twice, or an old one late, does no harm: it only ever makes bytes be sent again.
 */
import { maximumFrameBytes, maximumStreams, maximumTunnels } from "../limits.ts";
import { LinkError } from "./errors.ts";
import { readWide, writeWide } from "./frame.ts";
import { Due, type Stream } from "./stream.ts";
import type { StreamTable } from "./stream_table.ts";

const opened = 1;
const done = 2;
const entryBytes = 8 + 1 + 24;
/** Both sides' streams, and a little for the rest. */
const maximumSyncBytes = 4096 + 3 * maximumStreams * entryBytes;

/** What the peer knows of one stream. */
export interface StreamState {
  opened: boolean;
  /** It has consumed our end. */
  done: boolean;
  received: number;
  consumed: number;
  limit: number;
}

/** What a session knows of its tunnels. */
export interface SyncHead {
  asks: boolean;
  highestEpoch: number;
  liveEpochs: number[];
}

export interface Sync extends SyncHead {
  nextId: number;
  highestSeen: number;
  unseen: Set<number>;
  streams: Map<number, StreamState>;
}

/** Encodes this side's knowledge, cut into the bodies of `sync` frames. */
export function encodeSync(table: StreamTable, { asks, highestEpoch, liveEpochs }: SyncHead): Uint8Array[] {
  const size = 1 + 4 + 2 + 4 * liveEpochs.length + 16 + 4 + 8 * table.unseen.size + 4 + entryBytes * table.size;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 7;
  bytes[0] = asks ? 1 : 0;
  view.setUint32(1, highestEpoch, true);
  view.setUint16(5, liveEpochs.length, true);
  for (const epoch of liveEpochs) at = (view.setUint32(at, epoch, true), at + 4);
  writeWide(view, at, table.nextId);
  writeWide(view, at + 8, table.highestSeen + 1);
  view.setUint32(at + 16, table.unseen.size, true);
  at += 20;
  for (const id of table.unseen) at = (writeWide(view, at, id), at + 8);
  view.setUint32(at, table.size, true);
  at += 4;
  for (const stream of table.values()) {
    const { receiver } = stream;
    writeWide(view, at, stream.id);
    bytes[at + 8] = (stream.opened ? opened : 0) | (receiver.done ? done : 0);
    writeWide(view, at + 9, receiver.received);
    writeWide(view, at + 17, receiver.consumed);
    writeWide(view, at + 25, receiver.limit);
    at += entryBytes;
  }
  const parts: Uint8Array[] = [];
  for (let from = 0; from < size; from += maximumFrameBytes) parts.push(bytes.subarray(from, from + maximumFrameBytes));
  return parts;
}

/** Gathers the parts that come over one tunnel. */
export class SyncReader {
  #parts: Uint8Array[] = [];
  #size = 0;

  /** The whole when `last`, else null. Throws `LinkError` "malformed". */
  add(part: Uint8Array, last: boolean): Sync | null {
    this.#size += part.length;
    if (this.#size > maximumSyncBytes) throw new LinkError("malformed", "A synchronisation is too long");
    this.#parts.push(part.slice());
    if (!last) return null;
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#parts) at = (whole.set(piece, at), at + piece.length);
    this.#parts = [];
    this.#size = 0;
    return decodeSync(whole);
  }
}

/** @throws {LinkError} "malformed" */
export function decodeSync(bytes: Uint8Array): Sync {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number, each: number): number => {
    const from = at;
    if (count * each > bytes.length - at) throw new LinkError("malformed", "A synchronisation is cut off");
    at += count * each;
    return from;
  };
  const asks = view.getUint8(take(1, 1)) === 1;
  const highestEpoch = view.getUint32(take(1, 4), true);
  const liveCount = view.getUint16(take(1, 2), true);
  if (liveCount > maximumTunnels) throw new LinkError("malformed", "A synchronisation names too many tunnels");
  const live = take(liveCount, 4);
  const ids = take(1, 16);
  const unseenCount = view.getUint32(take(1, 4), true);
  const unseen = take(unseenCount, 8);
  const count = view.getUint32(take(1, 4), true);
  const entries = take(count, entryBytes);
  if (at !== bytes.length) throw new LinkError("malformed", "A synchronisation has bytes behind its end");
  const streams = new Map<number, StreamState>();
  for (let entry = entries; entry < at; entry += entryBytes) {
    streams.set(readWide(view, entry), {
      opened: (bytes[entry + 8]! & opened) !== 0,
      done: (bytes[entry + 8]! & done) !== 0,
      received: readWide(view, entry + 9),
      consumed: readWide(view, entry + 17),
      limit: readWide(view, entry + 25),
    });
  }
  return {
    asks,
    highestEpoch,
    liveEpochs: Array.from({ length: liveCount }, (_, index) => view.getUint32(live + 4 * index, true)),
    nextId: readWide(view, ids),
    highestSeen: readWide(view, ids + 8) - 1,
    unseen: new Set(Array.from({ length: unseenCount }, (_, index) => readWide(view, unseen + 8 * index))),
    streams,
  };
}

/** Brings every stream in line with what the peer knows of it; `again` schedules control frames. */
export function applySync(
  table: StreamTable,
  sync: Sync,
  again: (stream: Stream) => void,
  lost: (stream: Stream) => void,
): void {
  for (const stream of [...table.values()]) {
    const state = sync.streams.get(stream.id);
    if (state !== undefined) {
      resume(stream, state, again);
    } else if (!table.isOwn(stream.id)) {
      if (stream.id < sync.nextId) lost(stream);
    } else if (stream.id > sync.highestSeen || sync.unseen.has(stream.id)) {
      resume(stream, neverSeen, again);
    } else {
      lost(stream);
    }
  }
}

const neverSeen: StreamState = { opened: false, done: false, received: 0, consumed: 0, limit: 0 };

function resume(stream: Stream, state: StreamState, again: (stream: Stream) => void): void {
  if (stream.resetBy !== null) {
    stream.due = Due.reset;
    again(stream);
    return;
  }
  if (!state.opened) {
    stream.due |= Due.open;
    again(stream);
  }
  stream.sender.acknowledge(state.consumed, state.limit, state.done);
  stream.sender.rewind(state.received);
  stream.releaseIfOver();
}
