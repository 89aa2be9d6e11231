/**
 * Bytes of the kernel (variables, arguments, paths) as text and back without loss: what is not UTF-8 becomes lone surrogates,
 * U+DC80 to U+DCFF for the bytes 0x80 to 0xFF. JSON carries them as escapes.
 */

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function textFromBytes(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return textFromBroken(bytes);
  }
}

export function bytesFromText(text: string): Uint8Array<ArrayBuffer> {
  if (!/[\udc80-\udcff]/.test(text) || text.isWellFormed()) return encoder.encode(text);
  const parts = text.split(/([\udc80-\udcff])/u).map((part) => {
    const code = part.charCodeAt(0);
    const isByte = part.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    return isByte ? new Uint8Array([code - 0xdc00]) : encoder.encode(part);
  });
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function textFromBroken(bytes: Uint8Array): string {
  let text = "";
  let position = 0;
  while (position < bytes.length) {
    const length = sequenceLength(bytes, position);
    text += length === 0
      ? String.fromCharCode(0xdc00 + bytes[position]!)
      : decoder.decode(bytes.subarray(position, position + length));
    position += Math.max(1, length);
  }
  return text;
}

/** Length of the valid UTF-8 character at `position`, or 0. */
function sequenceLength(bytes: Uint8Array, position: number): number {
  const first = bytes[position]!;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  try {
    decoder.decode(bytes.subarray(position, position + length));
    return position + length <= bytes.length ? length : 0;
  } catch {
    return 0;
  }
}
