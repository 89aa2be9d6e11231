/** Crafted IP packets, for the tests of what reads captured ones. */

export interface PacketFields {
  version?: 4 | 6;
  sourcePort?: number;
  destinationPort?: number;
  sequence?: number;
  /** Letters of S, A, F, R. */
  flags?: string;
  payload?: string | Uint8Array;
  /** Bytes of TCP options; a multiple of four. */
  options?: number;
  /** What the IP header says, where that is not the truth. */
  claimedLength?: number;
  /** Bytes of padding behind the packet, as short Ethernet frames have. */
  padding?: number;
}

const FLAG_BITS: Record<string, number> = { F: 1, S: 2, R: 4, A: 16 };

/** From 10.0.0.9 to 10.0.0.1, or fd00::9 to fd00::1. */
export function tcpPacket(fields: PacketFields): Uint8Array<ArrayBuffer> {
  const { version = 4, options = 0, padding = 0 } = fields;
  const payload = typeof fields.payload === "string" ? new TextEncoder().encode(fields.payload) : fields.payload;
  const ipBytes = version === 4 ? 20 : 40;
  const total = ipBytes + 20 + options + (payload?.length ?? 0);
  const bytes = new Uint8Array(total + padding);
  const view = new DataView(bytes.buffer);
  if (version === 4) {
    view.setUint8(0, 0x45);
    view.setUint16(2, fields.claimedLength ?? total);
    view.setUint8(9, 6);
    bytes.set([10, 0, 0, 9, 10, 0, 0, 1], 12);
  } else {
    view.setUint8(0, 0x60);
    view.setUint16(4, fields.claimedLength ?? total - ipBytes);
    view.setUint8(6, 6);
    for (const [at, last] of [[8, 9], [24, 1]]) bytes.set([0xfd, ...new Array<number>(14).fill(0), last], at);
  }
  view.setUint16(ipBytes, fields.sourcePort ?? 40000);
  view.setUint16(ipBytes + 2, fields.destinationPort ?? 80);
  view.setUint32(ipBytes + 4, (fields.sequence ?? 0) >>> 0);
  view.setUint8(ipBytes + 12, (20 + options) / 4 << 4);
  view.setUint8(ipBytes + 13, [...fields.flags ?? "A"].reduce((bits, letter) => bits | FLAG_BITS[letter], 0));
  if (payload) bytes.set(payload, ipBytes + 20 + options);
  return bytes;
}
