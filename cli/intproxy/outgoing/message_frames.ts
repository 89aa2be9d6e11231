/** Messages in a stream of bytes, each behind its length of two bytes (DNS over TCP). */

const lengthBytes = 2;

export class MessageFrames {
  #rest = new Uint8Array(0);

  /** The next bytes of the stream; they are copied. */
  add(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    this.#rest = joined;
  }

  /** The next whole message, which is the caller's; null until there is one. */
  next(): Uint8Array | null {
    if (this.#rest.length < lengthBytes) return null;
    const end = lengthBytes + ((this.#rest[0]! << 8) | this.#rest[1]!);
    if (this.#rest.length < end) return null;
    const message = this.#rest.slice(lengthBytes, end);
    this.#rest = this.#rest.subarray(end);
    return message;
  }
}

/** A message behind its length. */
export function messageFrame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(lengthBytes + message.length);
  new DataView(frame.buffer).setUint16(0, message.length);
  frame.set(message, lengthBytes);
  return frame;
}
