import type { Tunnel } from "../../protocol/link/mod.ts";

/** A line that is long and not endlessly wide, with the buffers a connection over it would have. */
export interface Distance {
  delayMs: number;
  bytesPerMs: number;
  bufferBytes: number;
}

interface Parcel {
  bytes: Uint8Array;
  atMs: number;
}

/** One direction: what is put in comes out after the delay and at the rate of the line. */
class Line {
  #distance: Distance;
  #parcels: Parcel[] = [];
  #bytes = 0;
  #sentMs = 0;
  #changed: (() => void)[] = [];

  constructor(distance: Distance) {
    this.#distance = distance;
  }

  async put(bytes: Uint8Array): Promise<void> {
    const { delayMs, bytesPerMs, bufferBytes } = this.#distance;
    const segment = 16 * 1024;
    for (let at = 0; at < bytes.length; at += segment) {
      while (this.#bytes > bufferBytes) await this.#change();
      const piece = bytes.slice(at, at + segment);
      this.#sentMs = Math.max(this.#sentMs, performance.now()) + piece.length / bytesPerMs;
      this.#parcels.push({ bytes: piece, atMs: this.#sentMs + delayMs });
      this.#bytes += piece.length;
      this.#notify();
    }
  }

  /** The next piece, once it has come through. */
  async take(): Promise<Uint8Array> {
    while (this.#parcels.length === 0) await this.#change();
    const { bytes, atMs } = this.#parcels.shift()!;
    const waitMs = atMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    this.#bytes -= bytes.length;
    this.#notify();
    return bytes;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #notify(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** The same tunnel at a distance: both directions go through a line of their own. */
export function farTunnel(near: Tunnel, distance: Distance): Tunnel {
  const there = new Line(distance);
  const back = new Line(distance);
  let rest = new Uint8Array();
  const pass = async (step: () => Promise<unknown>) => {
    try {
      for (;;) await step();
    } catch {
      near.close();
    }
  };
  pass(async () => await near.write(await there.take()));
  pass(async () => {
    const buffer = new Uint8Array(64 * 1024);
    const count = await near.read(buffer);
    if (count === null) throw new Error("The tunnel ended");
    await back.put(buffer.subarray(0, count));
  });
  return {
    async read(buffer) {
      if (rest.length === 0) rest = new Uint8Array(await back.take());
      const count = Math.min(buffer.length, rest.length);
      buffer.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    write: (bytes) => there.put(bytes),
    close: () => near.close(),
  };
}
