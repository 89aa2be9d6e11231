import { frameSize, FrameType } from "../frame.ts";
import type { Tunnel } from "../tunnel.ts";
import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** How one simulated tunnel behaves. */
export interface Manners {
  latencyMs: number;
  jitterMs: number;
  bytesPerMs: number;
  /** Bytes under way at which a writer has to wait. */
  capacity: number;
  /** Reads return at most this much. */
  readBytes: number;
  /** Probability that a stream's frame is delivered twice, and that it overtakes or is overtaken by others. */
  duplicate: number;
  reorder: number;
}

interface Parcel {
  bytes: Uint8Array;
  from: number;
}

/** Without such mischief bytes come in pieces of this size at most. */
const segmentBytes = 16 * 1024;

/** Frames that may come twice or in another order when there are several tunnels. */
const ofStreams: ReadonlySet<number> = new Set([
  FrameType.open,
  FrameType.data,
  FrameType.ack,
  FrameType.blocked,
  FrameType.reset,
  FrameType.resetDone,
  FrameType.message,
]);

/** One direction of a simulated tunnel. */
class Direction {
  #clock: VirtualClock;
  #random: Random;
  #manners: Manners;
  #arrived: Parcel[] = [];
  #underWay = 0;
  /** When the line has taken everything, and when the last piece arrives. */
  #sentMs = 0;
  #lastMs = 0;
  #frozen = false;
  #held: (() => void)[] = [];
  #state: "open" | "ended" | "broken" = "open";
  #changed: (() => void)[] = [];

  constructor(clock: VirtualClock, random: Random, manners: Manners) {
    this.#clock = clock;
    this.#random = random;
    this.#manners = manners;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#arrived.length === 0) {
      if (this.#state === "ended") return null;
      if (this.#state === "broken") throw new Error("The connection was reset");
      await this.#change();
    }
    const parcel = this.#arrived[0]!;
    const room = Math.min(buffer.length, this.#manners.readBytes);
    const count = Math.min(room, parcel.bytes.length - parcel.from);
    buffer.set(parcel.bytes.subarray(parcel.from, parcel.from + count));
    parcel.from += count;
    this.#clock.move();
    if (parcel.from === parcel.bytes.length) this.#arrived.shift();
    return count;
  }

  async write(bytes: Uint8Array): Promise<void> {
    while (this.#underWay >= this.#manners.capacity && this.#state === "open") await this.#change();
    if (this.#state !== "open") throw new Error("The connection was reset");
    for (const piece of this.#pieces(bytes)) this.#post(piece);
    this.#clock.move();
  }

  /** Nothing is delivered until `thaw`. */
  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  /** The reader sees the end behind what has arrived, or an error at once; what is under way is lost. */
  close(state: "ended" | "broken"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    if (state === "broken") this.#arrived = [];
    this.#notify();
  }

  /** The reader sees the end behind what is under way. */
  finish(): void {
    const atMs = Math.max(this.#lastMs, this.#clock.now() + this.#manners.latencyMs);
    this.#clock.at(atMs, () => this.close("ended"));
  }

  #pieces(bytes: Uint8Array): Uint8Array[] {
    const { duplicate, reorder } = this.#manners;
    const pieces: Uint8Array[] = [];
    if (duplicate + reorder === 0 || bytes[0] === "M".charCodeAt(0)) {
      for (let at = 0; at < bytes.length; at += segmentBytes) pieces.push(bytes.slice(at, at + segmentBytes));
      return pieces;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length;) {
      const size = frameSize(view, at, bytes.length);
      pieces.push(bytes.slice(at, at + size));
      at += size;
    }
    return pieces;
  }

  #post(piece: Uint8Array): void {
    const { latencyMs, jitterMs, bytesPerMs, duplicate, reorder } = this.#manners;
    const random = this.#random;
    this.#sentMs = Math.max(this.#sentMs, this.#clock.now()) + piece.length / bytesPerMs;
    const arriveMs = this.#sentMs + latencyMs + random.next() * jitterMs;
    const inOrderMs = Math.max(this.#lastMs, arriveMs);
    this.#lastMs = inOrderMs;
    const mangled = duplicate + reorder > 0 && ofStreams.has(piece[0]!);
    if (mangled && random.chance(duplicate)) this.#deliverAt(inOrderMs + random.next() * 4 * jitterMs, piece);
    this.#deliverAt(mangled && random.chance(reorder) ? arriveMs + random.next() * 4 * jitterMs : inOrderMs, piece);
  }

  #deliverAt(atMs: number, piece: Uint8Array): void {
    this.#underWay += piece.length;
    const deliver = () => {
      if (this.#state !== "open") return;
      if (this.#frozen) return void this.#held.push(deliver);
      this.#underWay -= piece.length;
      this.#arrived.push({ bytes: piece, from: 0 });
      this.#notify();
    };
    this.#clock.at(atMs, deliver);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** A simulated connection, and what may happen to it. */
export class SimulatedTunnel {
  readonly client: Tunnel;
  readonly server: Tunnel;
  #there: Direction;
  #back: Direction;
  #clock: VirtualClock;
  #frozen = false;

  constructor(clock: VirtualClock, random: Random, manners: Manners) {
    this.#clock = clock;
    this.#there = new Direction(clock, random, manners);
    this.#back = new Direction(clock, random, manners);
    this.client = this.#end(this.#back, this.#there);
    this.server = this.#end(this.#there, this.#back);
  }

  /** Both ends see a reset; the second one some time after the first. */
  cut(first: "client" | "server", laterMs: number): void {
    const [near, far] = first === "client" ? [this.#back, this.#there] : [this.#there, this.#back];
    near.close("broken");
    this.#clock.setTimer(laterMs, () => far.close("broken"));
  }

  /** Nothing passes any more, in one direction or in both, and nobody is told. */
  freeze(direction: "there" | "back" | "both"): void {
    this.#frozen = true;
    if (direction !== "back") this.#there.freeze();
    if (direction !== "there") this.#back.freeze();
  }

  /** What was held up comes late. */
  thaw(): void {
    this.#frozen = false;
    this.#there.thaw();
    this.#back.thaw();
  }

  #end(incoming: Direction, outgoing: Direction): Tunnel {
    return {
      read: (buffer) => incoming.read(buffer),
      write: (bytes) => outgoing.write(bytes),
      close: () => {
        incoming.close("broken");
        if (!this.#frozen) outgoing.finish();
      },
    };
  }
}
