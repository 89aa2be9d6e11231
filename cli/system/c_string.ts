/** Texts as the C library wants them. */

/** A zero-terminated copy. */
export function cString(value: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes);
  return copy;
}
