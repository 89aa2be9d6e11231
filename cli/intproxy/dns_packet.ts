/** What the proxy reads and writes of DNS messages: the question, and an answer of addresses. */

const headerBytes = 12;
const typeA = 1;
const typeAaaa = 28;
const flagsAnswered = 0x8180;
const ttlSeconds = 5;

export interface Question {
  /** Without the dot at its end. */
  name: string;
  type: number;
  /** Where the question ends in the message. */
  end: number;
}

/** A message's first question; null when it has none. */
export function questionOf(message: Uint8Array): Question | null {
  if (message.length < headerBytes || ((message[4]! << 8) | message[5]!) === 0) return null;
  const labels: string[] = [];
  for (let at = headerBytes; at + 5 <= message.length;) {
    const length = message[at]!;
    if (length === 0) {
      return { name: labels.join("."), type: (message[at + 1]! << 8) | message[at + 2]!, end: at + 5 };
    }
    // The first question has nothing before it that it could point to.
    if (length > 63) return null;
    labels.push(String.fromCharCode(...message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return null;
}

/** Answers a query with those of the addresses (4 or 16 bytes) that it asks for; other types have no records. */
export function addressResponse(query: Uint8Array, question: Question, addresses: Uint8Array[]): Uint8Array {
  const wantedBytes = question.type === typeA ? 4 : question.type === typeAaaa ? 16 : 0;
  const records = addresses.filter(({ length }) => length === wantedBytes);
  const body = records.flatMap((address) => [
    ...[0xc0, headerBytes, 0, question.type, 0, 1],
    ...[0, 0, 0, ttlSeconds, 0, address.length, ...address],
  ]);
  const response = new Uint8Array(question.end + body.length);
  response.set(query.subarray(0, question.end));
  const view = new DataView(response.buffer);
  view.setUint16(2, flagsAnswered);
  view.setUint16(4, 1);
  view.setUint16(6, records.length);
  view.setUint32(8, 0);
  response.set(body, question.end);
  return response;
}
