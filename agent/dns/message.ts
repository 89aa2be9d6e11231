/**
 * Messages of the domain name system (RFC 1035): one question, and the records that matter to a stub resolver.
 *
 * Names are strings of one character per byte, without the dot at the end.
 */
export const recordType = { a: 1, cname: 5, soa: 6, ptr: 12, aaaa: 28, opt: 41 } as const;
export const responseCode = { ok: 0, serverFailure: 2, noSuchName: 3, notImplemented: 4, refused: 5 } as const;

export interface Question {
  name: string;
  type: number;
}

/** `address` for A and AAAA, `target` for CNAME and PTR. */
export interface DnsRecord {
  name: string;
  type: number;
  ttlSeconds: number;
  address?: Uint8Array;
  target?: string;
}

export interface Response {
  /** All of it, as it came. */
  raw: Uint8Array;
  id: number;
  code: number;
  truncated: boolean;
  question: Question | null;
  answers: DnsRecord[];
  /** How long a negative answer holds, from the SOA record; null without one. */
  negativeTtlSeconds: number | null;
}

const HEADER_BYTES = 12;
const CLASS_INTERNET = 1;
const LABEL_BYTES = 63;
const NAME_BYTES = 255;
const FLAG_RESPONSE = 0x8000, FLAG_TRUNCATED = 0x0200, FLAG_RECURSION_DESIRED = 0x0100;
/** What a datagram may hold when the server is told so (EDNS): fits every path's packets. */
const EDNS_PAYLOAD_BYTES = 1232;

/** Whether a name can be asked for at all. */
export function isValidName(name: string): boolean {
  return name.length > 0 && name.length <= NAME_BYTES - 2 &&
    name.split(".").every((label) => label.length > 0 && label.length <= LABEL_BYTES);
}

/** A recursive query. `edns`: announce that larger datagrams are welcome. */
export function encodeQuery(id: number, question: Question, edns: boolean): Uint8Array<ArrayBuffer> {
  const name = encodeName(question.name);
  const bytes = new Uint8Array(HEADER_BYTES + name.length + 4 + (edns ? 11 : 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, FLAG_RECURSION_DESIRED);
  view.setUint16(4, 1);
  view.setUint16(10, edns ? 1 : 0);
  bytes.set(name, HEADER_BYTES);
  view.setUint16(HEADER_BYTES + name.length, question.type);
  view.setUint16(HEADER_BYTES + name.length + 2, CLASS_INTERNET);
  if (edns) {
    const start = HEADER_BYTES + name.length + 4;
    view.setUint16(start + 1, recordType.opt);
    view.setUint16(start + 3, EDNS_PAYLOAD_BYTES);
  }
  return bytes;
}

/** A query that was made elsewhere: its question, and how to ask the same of another name. */
export interface ForeignQuery {
  question: Question;
  /** The same query with this number and name. */
  encode(id: number, name: string): Uint8Array<ArrayBuffer>;
}

/** Null when the bytes are no query with one question. */
export function decodeQuery(bytes: Uint8Array): ForeignQuery | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if ((view.getUint16(2) & FLAG_RESPONSE) !== 0 || view.getUint16(4) !== 1) return null;
  const reader = new MessageReader(bytes, HEADER_BYTES);
  try {
    const question = reader.question();
    const rest = bytes.subarray(reader.position - 4);
    const encode = (id: number, name: string) => {
      const copy = Uint8Array.from([...bytes.subarray(0, HEADER_BYTES), ...encodeName(name), ...rest]);
      new DataView(copy.buffer).setUint16(0, id);
      return copy;
    };
    return { question, encode };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Null when the bytes are no response. Records that make no sense end the list. */
export function decodeResponse(bytes: Uint8Array): Response | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  if ((flags & FLAG_RESPONSE) === 0) return null;
  const reader = new MessageReader(bytes, HEADER_BYTES);
  const response: Response = {
    raw: bytes,
    id: view.getUint16(0),
    code: flags & 0xf,
    truncated: (flags & FLAG_TRUNCATED) !== 0,
    question: null,
    answers: [],
    negativeTtlSeconds: null,
  };
  try {
    for (let left = view.getUint16(4); left > 0; left--) response.question = reader.question();
    for (let left = view.getUint16(6); left > 0; left--) response.answers.push(reader.record());
    for (let left = view.getUint16(8); left > 0; left--) {
      response.negativeTtlSeconds = reader.negativeTtl() ?? response.negativeTtlSeconds;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return response;
}

function encodeName(name: string): Uint8Array {
  if (name === "") return new Uint8Array(1);
  const bytes = new Uint8Array(name.length + 2);
  let at = 0;
  for (const label of name.split(".")) {
    bytes[at++] = label.length;
    for (let index = 0; index < label.length; index++) bytes[at++] = label.charCodeAt(index);
  }
  return bytes;
}

/** Reads forward; throws `RangeError` at the end of the bytes and for names that point ahead or in circles. */
class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  get position(): number {
    return this.#at;
  }

  question(): Question {
    const name = this.#name();
    const type = this.#u16();
    this.#u16();
    return { name, type };
  }

  record(): DnsRecord {
    const { name, type, ttlSeconds, end } = this.#head();
    const record: DnsRecord = { name, type, ttlSeconds };
    const length = end - this.#at;
    const isAddress = (type === recordType.a && length === 4) || (type === recordType.aaaa && length === 16);
    if (isAddress) record.address = this.#bytes.slice(this.#at, end);
    if (type === recordType.cname || type === recordType.ptr) record.target = this.#name();
    this.#at = end;
    return record;
  }

  /** Of an SOA record: the smaller of its own life and its last field (RFC 2308); null for other types. */
  negativeTtl(): number | null {
    const { type, ttlSeconds, end } = this.#head();
    const minimum = type === recordType.soa && end - this.#at >= 22 ? this.#view.getUint32(end - 4) : null;
    this.#at = end;
    return minimum === null ? null : Math.min(minimum, ttlSeconds);
  }

  #head(): { name: string; type: number; ttlSeconds: number; end: number } {
    const name = this.#name();
    const type = this.#u16();
    this.#u16();
    const ttlSeconds = this.#view.getUint32(this.#at);
    this.#at += 4;
    const length = this.#u16();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a record is longer than its message");
    return { name, type, ttlSeconds, end };
  }

  #u16(): number {
    const value = this.#view.getUint16(this.#at);
    this.#at += 2;
    return value;
  }

  #name(): string {
    let text = "";
    let at = this.#at;
    /** Pointers must lead back, each further than the one before. */
    let lowest = at;
    let jumped = false;
    for (;;) {
      const length = this.#view.getUint8(at);
      if (length >= 0xc0) {
        const target = this.#view.getUint16(at) & 0x3fff;
        if (!jumped) this.#at = at + 2;
        jumped = true;
        if (target >= lowest) throw new RangeError("a name points ahead");
        lowest = at = target;
        continue;
      }
      if (length > LABEL_BYTES) throw new RangeError("a label is too long");
      at++;
      if (length === 0) break;
      if (at + length > this.#bytes.length || text.length > NAME_BYTES) throw new RangeError("a name is too long");
      text += (text === "" ? "" : ".") + String.fromCharCode(...this.#bytes.subarray(at, at + length));
      at += length;
    }
    if (!jumped) this.#at = at;
    return text;
  }
}
