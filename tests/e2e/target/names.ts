/** The target's name server: a few records, over UDP and TCP. What does not fit a datagram is only had by TCP. */
import { createSocket } from "node:dgram";
import { address } from "./scene.ts";

const port = 53;
const plainDatagramBytes = 512;
const headerBytes = 12;
const typeNumbers: Record<string, number> = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, SRV: 33 };
/** `kind`: the record's type; SRV is `priority weight port target`. */
interface Entry {
  name: string;
  kind: string;
  data: string;
}

const zone: Entry[] = [
  { name: "db.e2e.internal", kind: "A", data: address },
  { name: "db.e2e.internal", kind: "AAAA", data: "fd00:e2e::5" },
  { name: "only4.e2e.internal", kind: "A", data: "10.98.0.4" },
  { name: "alias.e2e.internal", kind: "CNAME", data: "db.e2e.internal" },
  { name: "_pg._tcp.e2e.internal", kind: "SRV", data: "1 2 5432 db.e2e.internal" },
  { name: "text.e2e.internal", kind: "TXT", data: "hello from the name server" },
  { name: "large.e2e.internal", kind: "TXT", data: "x".repeat(3000) },
];
/** Never answered. */
const silentName = "silent.e2e.internal";

export async function serveNames(): Promise<void> {
  const datagrams = createSocket("udp4");
  datagrams.on("message", (query, peer) => {
    const response = answer(query, plainDatagramBytes);
    if (response !== null) datagrams.send(response, peer.port, peer.address);
  });
  const bound = new Promise<void>((resolve) => datagrams.bind(port, address, resolve));
  const listener = Deno.listen({ hostname: address, port });
  (async () => {
    while (true) {
      const conn = await listener.accept().catch(() => null);
      if (conn !== null) serveStream(conn).catch(() => {}).finally(() => conn.close());
    }
  })();
  await bound;
}

async function serveStream(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(2048);
  for (let have = 0, count; (count = await conn.read(buffer.subarray(have))) !== null;) {
    have += count;
    const length = have < 2 ? Infinity : 2 + ((buffer[0]! << 8) | buffer[1]!);
    if (have < length) continue;
    const response = answer(buffer.slice(2, length), 65_535);
    buffer.copyWithin(0, length, have);
    have -= length;
    if (response === null) continue;
    await conn.write(Uint8Array.from([response.length >> 8, response.length & 0xff, ...response]));
  }
}

/** Null: no answer at all. */
function answer(query: Uint8Array, limitBytes: number): Uint8Array | null {
  const { name, type, end } = questionOf(query);
  if (name === silentName) return null;
  const records = recordsFor(name, type);
  const exists = zone.some((entry) => entry.name === name);
  const body = records.flatMap(encodeRecord);
  const fits = end + body.length <= limitBytes;
  const flags = 0x8580 | (fits ? 0 : 0x0200) | (exists ? 0 : 3);
  const header = [query[0]!, query[1]!, flags >> 8, flags & 0xff, 0, 1, 0, fits ? records.length : 0, 0, 0, 0, 0];
  return Uint8Array.from([...header, ...query.subarray(headerBytes, end), ...(fits ? body : [])]);
}

function recordsFor(name: string, type: number): Entry[] {
  const own = zone.filter((entry) => entry.name === name);
  const alias = own.find(({ kind }) => kind === "CNAME");
  if (alias !== undefined) return [alias, ...recordsFor(alias.data, type)];
  return own.filter(({ kind }) => typeNumbers[kind] === type);
}

function questionOf(query: Uint8Array): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = headerBytes;
  while (query[at] !== 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + query[at]!)));
    at += 1 + query[at]!;
  }
  return { name: labels.join(".").toLowerCase(), type: (query[at + 1]! << 8) | query[at + 2]!, end: at + 5 };
}

function encodeRecord({ name, kind, data }: Entry): number[] {
  const content = encodeData(kind, data);
  const type = typeNumbers[kind]!;
  return [...encodeName(name), 0, type, 0, 1, 0, 0, 0, 1, content.length >> 8, content.length & 0xff, ...content];
}

function encodeData(kind: string, data: string): number[] {
  const bytes = [...new TextEncoder().encode(data)];
  switch (kind) {
    case "A":
      return data.split(".").map(Number);
    case "AAAA":
      return [0xfd, 0, 0x0e, 0x2e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Number(data.at(-1))];
    case "CNAME":
      return encodeName(data);
    case "TXT": {
      const parts = Array.from(
        { length: Math.ceil(bytes.length / 255) },
        (_, i) => bytes.slice(i * 255, i * 255 + 255),
      );
      return parts.flatMap((part) => [part.length, ...part]);
    }
    default: {
      const [priority, weight, servicePort, target] = data.split(" ");
      const numbers = [priority, weight, servicePort].map(Number).flatMap((value) => [value >> 8, value & 0xff]);
      return [...numbers, ...encodeName(target!)];
    }
  }
}

function encodeName(name: string): number[] {
  return [...name.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0];
}
