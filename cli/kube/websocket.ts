/**
 * The client's side of WebSocket framing, as far as port-forward needs it: binary messages both ways, with the carrier's
 * own backpressure (which the built-in WebSocket doesn't have).
 */
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import type { UpgradedConnection } from "./api_server.ts";

const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const readBufferBytes = 128 * 1024;
/** Bytes in front of a sent payload at most: flags, the longest length, the mask. */
const headerBytesMax = 14;
/** Payload of one sent frame: with the header of this length it fills four records of TLS. */
export const frameBytesMax = 64 * 1024 - 8;

/** A part of a message; `starts` with its first part. */
export interface MessagePart {
  bytes: Uint8Array;
  starts: boolean;
}

export class WebSocketChannel {
  readonly #carrier: Tunnel;
  readonly #buffer = new Uint8Array(readBufferBytes);
  #begin = 0;
  #end: number;
  /** Of the frame that is being read. */
  #payloadLeft = 0;
  #starts = false;
  readonly #out = new Uint8Array(headerBytesMax + frameBytesMax);
  /** Frames must not be mixed: each write waits for the one before. */
  #writing: Promise<void> = Promise.resolve();

  constructor({ carrier, head }: Pick<UpgradedConnection, "carrier" | "head">) {
    this.#carrier = carrier;
    this.#buffer.set(head);
    this.#end = head.length;
  }

  /** The next bytes of a message, valid until the next call; null after the server's close. */
  async read(): Promise<MessagePart | null> {
    while (this.#payloadLeft === 0) if (!await this.#readHeader()) return null;
    if (this.#begin === this.#end && !await this.#fill()) return null;
    const bytes = this.#buffer.subarray(this.#begin, Math.min(this.#end, this.#begin + this.#payloadLeft));
    this.#begin += bytes.length;
    this.#payloadLeft -= bytes.length;
    const part = { bytes, starts: this.#starts };
    this.#starts = false;
    return part;
  }

  /** Sends `prefix` and `bytes` as one message; together at most `frameBytesMax`. */
  send(prefix: Uint8Array, bytes: Uint8Array): Promise<void> {
    return this.#enqueue(() => {
      const length = prefix.length + bytes.length;
      const header = this.#writeHeader(Opcode.binary, length);
      this.#out.set(prefix, header);
      this.#out.set(bytes, header + prefix.length);
      return this.#carrier.write(this.#out.subarray(0, header + length));
    });
  }

  close(): void {
    this.#carrier.close();
  }

  /** Reads a frame's header, and answers what is not a message's part. False at the end. */
  async #readHeader(): Promise<boolean> {
    if (!await this.#have(2)) return false;
    const flags = this.#buffer[this.#begin]!;
    const short = this.#buffer[this.#begin + 1]! & 0x7f;
    const size = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (!await this.#have(size)) return false;
    const length = this.#lengthAt(this.#begin + 2, short);
    this.#begin += size;
    const opcode = flags & 0x0f;
    if (opcode === Opcode.close) return false;
    if (opcode >= Opcode.close) return await this.#answerControl(opcode, length);
    this.#payloadLeft = length;
    // An empty first frame leaves the beginning to the next.
    this.#starts ||= opcode !== Opcode.continuation;
    return true;
  }

  #lengthAt(offset: number, short: number): number {
    if (short < 126) return short;
    const view = new DataView(this.#buffer.buffer);
    return short === 126 ? view.getUint16(offset) : Number(view.getBigUint64(offset));
  }

  /** Control frames hold at most 125 bytes. */
  async #answerControl(opcode: number, length: number): Promise<boolean> {
    if (length > 125 || !await this.#have(length)) return false;
    const payload = this.#buffer.slice(this.#begin, this.#begin + length);
    this.#begin += length;
    if (opcode === Opcode.ping) {
      await this.#enqueue(() => {
        const header = this.#writeHeader(Opcode.pong, payload.length);
        this.#out.set(payload, header);
        return this.#carrier.write(this.#out.subarray(0, header + payload.length));
      });
    }
    return true;
  }

  /** A client must mask; a mask of zeros leaves the payload as it is, and TLS hides it anyway. */
  #writeHeader(opcode: number, length: number): number {
    const out = this.#out;
    out[0] = 0x80 | opcode;
    let offset = 2;
    if (length < 126) {
      out[1] = 0x80 | length;
    } else if (length < 0x10000) {
      out[1] = 0x80 | 126;
      new DataView(out.buffer).setUint16(2, length);
      offset = 4;
    } else {
      out[1] = 0x80 | 127;
      new DataView(out.buffer).setBigUint64(2, BigInt(length));
      offset = 10;
    }
    out.fill(0, offset, offset + 4);
    return offset + 4;
  }

  #enqueue(write: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(write);
    this.#writing = done.catch(() => {});
    return done;
  }

  /** Waits until `count` bytes are in the buffer. */
  async #have(count: number): Promise<boolean> {
    while (this.#end - this.#begin < count) if (!await this.#fill()) return false;
    return true;
  }

  async #fill(): Promise<boolean> {
    if (this.#begin === this.#end) this.#begin = this.#end = 0;
    else if (this.#end === this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    const count = await this.#carrier.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }
}
