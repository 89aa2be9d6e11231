const initialBytes = 64 * 1024;

/** A growing buffer that is used again for the next message, unless a large one made it grow. */
export class Writer {
  #bytes = new Uint8Array(initialBytes);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  u8(value: number): void {
    this.#view.setUint8(this.#advance(1), value);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#advance(2), value, true);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#advance(4), value, true);
  }

  i32(value: number): void {
    this.#view.setInt32(this.#advance(4), value, true);
  }

  u64(value: bigint): void {
    this.#view.setBigUint64(this.#advance(8), value, true);
  }

  i64(value: bigint): void {
    this.#view.setBigInt64(this.#advance(8), value, true);
  }

  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#advance(bytes.length));
  }

  /** Forgets what a failed encoding left behind. */
  clear(): void {
    this.#length = 0;
  }

  /** The message as bytes of its own; the writer is empty again. */
  take(): Uint8Array<ArrayBuffer> {
    const message = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > initialBytes) this.#resize(initialBytes);
    return message;
  }

  #advance(length: number): number {
    const start = this.#length;
    if (start + length > this.#bytes.length) this.#grow(start + length);
    this.#length = start + length;
    return start;
  }

  #grow(needed: number): void {
    const before = this.#bytes;
    this.#resize(Math.max(needed, before.length * 2));
    this.#bytes.set(before.subarray(0, this.#length));
  }

  #resize(length: number): void {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
