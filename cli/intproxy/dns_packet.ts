/** What the proxy reads of DNS messages: the name that is asked for. */

const headerBytes = 12;

/** The name in a message's first question, without the dot at its end; null when the message has none. */
export function questionName(message: Uint8Array): string | null {
  if (message.length < headerBytes || ((message[4]! << 8) | message[5]!) === 0) return null;
  const labels: string[] = [];
  for (let at = headerBytes; at < message.length;) {
    const length = message[at]!;
    if (length === 0) return labels.join(".");
    // The first question has nothing before it that it could point to.
    if (length > 63 || at + 1 + length > message.length) return null;
    labels.push(String.fromCharCode(...message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return null;
}
