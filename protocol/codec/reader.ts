import { DecodeError } from "./error.ts";

/** A cursor over received bytes. Every read checks what is left first; nothing is allocated for bytes that aren't there. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  /** A view of the next bytes: valid as long as the received buffer. */
  view(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A copy of the next bytes, so that a small field does not keep a large receive buffer alive. */
  copy(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.slice(start, start + length);
  }

  /** The item count of a list whose items take at least `itemBytes` each. */
  count(itemBytes: number): number {
    const count = this.u32();
    if (count * itemBytes > this.left) {
      throw new DecodeError(
        "Truncated",
        `${count} items of at least ${itemBytes} bytes announced, ${this.left} bytes left`,
      );
    }
    return count;
  }

  end(): void {
    if (this.left > 0) throw new DecodeError("TrailingBytes", `${this.left} bytes after the end of the message`);
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) {
      throw new DecodeError("Truncated", `${length} bytes wanted, ${this.left} left`);
    }
    this.#offset = start + length;
    return start;
  }
}
