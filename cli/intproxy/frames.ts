/** Frames of the layer's connections: a 4-byte little-endian length and as many bytes. */
import { maximumLayerFrameBytes } from "../../protocol/limits.ts";

const headBytes = 4;
const idleBufferBytes = 4 << 10;

/** The peer broke the framing. */
export class FrameError extends Error {
  override name = "FrameError";
}

/** What frames are read from and written to. */
export interface ByteCarrier {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
}

/** Reads frames one by one from a buffer that grows with the largest one and shrinks again. */
export class FrameReader {
  readonly #carrier: ByteCarrier;
  #buffer = new Uint8Array(idleBufferBytes);
  #start = 0;
  #end = 0;

  constructor(carrier: ByteCarrier) {
    this.#carrier = carrier;
  }

  /**
   * The next frame's body, valid until the next call; null at the end between two frames.
   *
   * @throws {FrameError} when a frame is too long or cut off
   */
  async next(): Promise<Uint8Array | null> {
    if (!await this.#have(headBytes)) return null;
    const view = new DataView(this.#buffer.buffer);
    const length = view.getUint32(this.#start, true);
    if (length > maximumLayerFrameBytes) throw new FrameError(`A frame of ${length} bytes is too long`);
    if (!await this.#have(headBytes + length)) throw new FrameError("The connection ended inside a frame");
    const from = this.#start + headBytes;
    this.#start = from + length;
    return this.#buffer.subarray(from, from + length);
  }

  /** Reads until `count` bytes are there; false at an end before the first of them. */
  async #have(count: number): Promise<boolean> {
    if (this.#end - this.#start >= count) return true;
    this.#makeRoom(count);
    while (this.#end - this.#start < count) {
      const read = await this.#carrier.read(this.#buffer.subarray(this.#end));
      if (read === null) {
        if (this.#end > this.#start) throw new FrameError("The connection ended inside a frame");
        return false;
      }
      this.#end += read;
    }
    return true;
  }

  #makeRoom(count: number): void {
    const left = this.#buffer.subarray(this.#start, this.#end);
    const size = Math.max(count, idleBufferBytes);
    if (this.#buffer.length < size || this.#buffer.length > size * 16) {
      const buffer = new Uint8Array(size);
      buffer.set(left);
      this.#buffer = buffer;
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#end = left.length;
    this.#start = 0;
  }
}

/** A frame with this body. */
export function frameOf(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(headBytes + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, headBytes);
  return frame;
}

/** Writes one frame. */
export async function writeFrame(carrier: ByteCarrier, body: Uint8Array): Promise<void> {
  const frame = frameOf(body);
  let written = await carrier.write(frame);
  while (written < frame.length) written += await carrier.write(frame.subarray(written));
}
