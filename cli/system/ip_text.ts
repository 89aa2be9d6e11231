/** IP addresses as people write them. */

/** The 4 or 16 bytes of an address. Throws `TypeError` when the text is none. */
export function parseIp(text: string): Uint8Array {
  if (!text.includes(":")) return parseV4(text);
  const [head, tail, ...more] = text.split("::").map(groupsOf);
  const missing = tail === undefined ? 0 : 8 - head!.length - tail.length;
  const groups = [...head!, ...new Array<number>(Math.max(0, missing)).fill(0), ...(tail ?? [])];
  if (more.length > 0 || groups.length !== 8 || (tail !== undefined && missing < 1)) {
    throw new TypeError(`${text} is no IPv6 address`);
  }
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function parseV4(text: string): Uint8Array {
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  if (!isAddress) throw new TypeError(`${text} is no IPv4 address`);
  return Uint8Array.from(parts.map(Number));
}

/** The 16-bit groups of one side of `::`; the last may be written as an IPv4 address. */
function groupsOf(side: string): number[] {
  if (side === "") return [];
  return side.split(":").flatMap((group) => {
    if (group.includes(".")) {
      const [a, b, c, d] = parseV4(group);
      return [(a! << 8) | b!, (c! << 8) | d!];
    }
    if (!/^[0-9a-f]{1,4}$/i.test(group)) throw new TypeError(`${group} is no part of an IPv6 address`);
    return [parseInt(group, 16)];
  });
}
