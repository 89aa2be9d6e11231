/** A TCP segment as it was captured. */
import type { Endpoints } from "./client.ts";

const TCP = 6;
const V4_HEADER_BYTES_MIN = 20;
const V6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES_MIN = 20;
const FLAG = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

/** Views into the bytes it was parsed from: valid as long as they are. Checksums mean nothing where cards fill them in. */
export class Segment {
  constructor(
    private readonly bytes: Uint8Array<ArrayBuffer>,
    private readonly ip: number,
    private readonly tcp: number,
    private readonly end: number,
  ) {}

  /** The same for all segments that one client sends on one connection. */
  get flow(): string {
    const [from, length] = this.#isV4 ? [this.ip + 12, 8] : [this.ip + 8, 32];
    return String.fromCharCode(
      ...this.bytes.subarray(from, from + length),
      ...this.bytes.subarray(this.tcp, this.tcp + 4),
    );
  }

  get destinationPort(): number {
    return this.#u16(this.tcp + 2);
  }

  /** Of the payload's first byte: the SYN itself counts as one before it. */
  get sequence(): number {
    const own = this.#u16(this.tcp + 4) << 16 | this.#u16(this.tcp + 6);
    return (own + (this.#flags & FLAG.syn ? 1 : 0)) >>> 0;
  }

  /** The first segment of a connection. */
  get opens(): boolean {
    return (this.#flags & (FLAG.syn | FLAG.ack)) === FLAG.syn;
  }

  get ends(): boolean {
    return (this.#flags & FLAG.fin) !== 0;
  }

  get resets(): boolean {
    return (this.#flags & FLAG.rst) !== 0;
  }

  get payload(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.tcp + this.#tcpHeaderBytes, this.end);
  }

  get endpoints(): Endpoints {
    const [sourcePort, destinationPort] = [this.#u16(this.tcp), this.destinationPort];
    if (this.#isV4) {
      return {
        source: { v4: { address: this.bytes.slice(this.ip + 12, this.ip + 16), port: sourcePort } },
        destination: { v4: { address: this.bytes.slice(this.ip + 16, this.ip + 20), port: destinationPort } },
      };
    }
    return {
      source: { v6: { address: this.bytes.slice(this.ip + 8, this.ip + 24), port: sourcePort, scope: 0 } },
      destination: { v6: { address: this.bytes.slice(this.ip + 24, this.ip + 40), port: destinationPort, scope: 0 } },
    };
  }

  get #isV4(): boolean {
    return this.bytes[this.ip] >> 4 === 4;
  }

  get #flags(): number {
    return this.bytes[this.tcp + 13];
  }

  get #tcpHeaderBytes(): number {
    return (this.bytes[this.tcp + 12] >> 4) * 4;
  }

  #u16(at: number): number {
    return this.bytes[at] << 8 | this.bytes[at + 1];
  }
}

/**
 * The segment in an IP packet of `length` captured bytes at `start`; null if it is none, is a later fragment, or its
 * headers were not captured whole. What a card padded behind the packet is not payload; a packet that was put together
 * from several (GRO) may be too large for its own length field, which is 0 then.
 */
export function parseSegment(bytes: Uint8Array<ArrayBuffer>, start: number, length: number): Segment | null {
  const version = length > 0 ? bytes[start] >> 4 : 0;
  const u16 = (at: number) => bytes[start + at] << 8 | bytes[start + at + 1];
  let tcp: number;
  let packet: number;
  if (version === 4 && length >= V4_HEADER_BYTES_MIN && bytes[start + 9] === TCP && (u16(6) & 0x1fff) === 0) {
    tcp = start + (bytes[start] & 15) * 4;
    packet = u16(2) || length;
  } else if (version === 6 && length >= V6_HEADER_BYTES && bytes[start + 6] === TCP) {
    tcp = start + V6_HEADER_BYTES;
    packet = u16(4) === 0 ? length : u16(4) + V6_HEADER_BYTES;
  } else return null;
  const end = start + Math.min(packet, length);
  if (tcp + TCP_HEADER_BYTES_MIN > end) return null;
  const headerBytes = (bytes[tcp + 12] >> 4) * 4;
  if (headerBytes < TCP_HEADER_BYTES_MIN || tcp + headerBytes > end) return null;
  return new Segment(bytes, start, tcp, end);
}
