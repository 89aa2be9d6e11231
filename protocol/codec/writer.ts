const initialBytes = 64 * 1024;

/** A growing buffer that is used again for the next message, unless a large one made it grow. */
export class Writer {
  #bytes = new Uint8Array(initialBytes);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  u8(value: number): void {
    const at = this.#advance(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#advance(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, true);
  }

  i32(value: number): void {
    const at = this.#advance(4);
    this.#view.setInt32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#advance(8);
    this.#view.setBigUint64(at, value, true);
  }

  i64(value: bigint): void {
    const at = this.#advance(8);
    this.#view.setBigInt64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Forgets what was written, be it a failed encoding. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > initialBytes) this.#resize(initialBytes);
  }

  /** The message as bytes of its own; the writer is empty again. */
  take(): Uint8Array<ArrayBuffer> {
    const message = this.#bytes.slice(0, this.#length);
    this.clear();
    return message;
  }

  /** Makes room; the buffer may be another one afterwards. */
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
