/** The wire form of nftables' netlink messages: attributes, expressions, and a batch that the kernel applies as a whole. */

const SUBSYSTEM = 10 << 8;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NFPROTO_INET = 1;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLA_F_NESTED = 0x8000;

/** Message types of the subsystem. */
export const NFT = {
  newTable: 0,
  deleteTable: 2,
  newChain: 3,
  newRule: 6,
  newSet: 9,
  newElements: 12,
  deleteElements: 14,
} as const;

/** Flags of a message that makes something. */
export const NLM_F_EXCLUSIVE = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

export interface NftMessage {
  readonly type: number;
  readonly flags: number;
  readonly attributes: readonly Uint8Array[];
}

/** One attribute: length, type, value, padded to four bytes. */
export function attribute(type: number, value: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array((4 + value.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

export function nested(type: number, ...children: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return attribute(type | NLA_F_NESTED, concatenated(children));
}

export function textAttribute(type: number, value: string): Uint8Array<ArrayBuffer> {
  return attribute(type, new TextEncoder().encode(`${value}\0`));
}

/** nftables carries its numbers in network order. */
export function numberAttribute(type: number, value: number): Uint8Array<ArrayBuffer> {
  return attribute(type, networkU32(value));
}

export function networkU16(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >> 8, value);
}

function networkU32(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >> 24, value >> 16, value >> 8, value);
}

/** An element of a rule's expression list. */
export function expression(name: string, ...attributes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return nested(1, textAttribute(1, name), nested(2, ...attributes));
}

/** All messages as one transaction: each is acknowledged, and all or none take effect. */
export function batch(messages: readonly NftMessage[]): Uint8Array<ArrayBuffer> {
  return concatenated([
    message(BATCH_BEGIN, NLM_F_REQUEST, 0, SUBSYSTEM >> 8, []),
    ...messages.map(({ type, flags, attributes }, index) =>
      message(SUBSYSTEM | type, NLM_F_REQUEST | NLM_F_ACK | flags, index + 1, 0, attributes)
    ),
    message(BATCH_END, NLM_F_REQUEST, messages.length + 1, SUBSYSTEM >> 8, []),
  ]);
}

/** A netlink header, the `nfgenmsg` (family, version, resource id in network order), and the attributes. */
function message(
  type: number,
  flags: number,
  sequence: number,
  resource: number,
  attributes: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const body = concatenated(attributes);
  const bytes = new Uint8Array(20 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  view.setUint8(16, resource === 0 ? NFPROTO_INET : 0);
  view.setUint16(18, resource);
  bytes.set(body, 20);
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
