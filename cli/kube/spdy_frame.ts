/** SPDY/3.1 framing, as far as a port-forward needs it: two streams that we open, and no compression. */

export const FrameType = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;
export const frameHeaderBytes = 8;

const controlBit = 0x80000000;
const versionBits = 0x8003_0000;
const flagFin = 0x01;
const lengthMask = 0xffffff;
const encoder = new TextEncoder();

/** A header: of data (`type` 0, `stream` known), or of a control frame, whose stream is in its body. */
export interface FrameHeader {
  type: number;
  stream: number;
  isLast: boolean;
  length: number;
}

export function readFrameHeader(bytes: Uint8Array): FrameHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [first, second] = [view.getUint32(0), view.getUint32(4)];
  const isControl = (first & controlBit) !== 0;
  return {
    type: isControl ? first & 0xffff : 0,
    stream: isControl ? 0 : first,
    isLast: (second >>> 24 & flagFin) !== 0,
    length: second & lengthMask,
  };
}

export function writeDataHeader(target: Uint8Array, stream: number, length: number): void {
  const view = new DataView(target.buffer, target.byteOffset);
  view.setUint32(0, stream);
  view.setUint32(4, length);
}

export function controlFrame(type: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameHeaderBytes + body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, (versionBits | type) >>> 0);
  view.setUint32(4, body.length);
  frame.set(body, frameHeaderBytes);
  return frame;
}

/**
 * Opens a stream. All of a connection's header blocks are one zlib stream: the first one begins it. They are stored, not
 * compressed, and an empty block makes the reader take what it has.
 */
export function openFrame(stream: number, headers: Record<string, string>, isFirst: boolean): Uint8Array {
  const plain = headerBlock(headers);
  const stored = [0, plain.length & 255, plain.length >> 8, ~plain.length & 255, ~plain.length >> 8 & 255];
  const block = [...(isFirst ? [0x78, 0x01] : []), ...stored, ...plain, 0, 0, 0, 255, 255];
  // The stream's id, the one it is associated to, priority and slot.
  const body = new Uint8Array(10 + block.length);
  new DataView(body.buffer).setUint32(0, stream);
  body.set(block, 10);
  return controlFrame(FrameType.synStream, body);
}

/** The number of headers, and each name and value behind its length. */
function headerBlock(headers: Record<string, string>): Uint8Array {
  const texts = Object.entries(headers).flat().map((text) => encoder.encode(text));
  const block = new Uint8Array(4 + texts.reduce((sum, text) => sum + 4 + text.length, 0));
  const view = new DataView(block.buffer);
  view.setUint32(0, texts.length / 2);
  let at = 4;
  for (const text of texts) {
    view.setUint32(at, text.length);
    block.set(text, at + 4);
    at += 4 + text.length;
  }
  return block;
}
