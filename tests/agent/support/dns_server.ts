/** A name server in a target's network that answers as told, and counts. */
import { inNetwork } from "./network.ts";
import { serveUdp } from "./udp_server.ts";

export interface Answer {
  /** 0 unless told. */
  code?: number;
  records?: { name: string; type: number; ttl: number; data: Uint8Array }[];
  /** Say that the answer was cut off, on datagrams only. */
  truncated?: boolean;
  /** With a negative answer: for how long it holds. */
  negativeTtl?: number;
}

export interface DnsServer extends Disposable {
  /** `TYPE name` of every question, in order; TCP ones begin with `tcp `. */
  questions: string[];
}

/** `answer` gets the question; null: no answer at all. */
export function serveDns(
  pid: number,
  address: string,
  answer: (name: string, type: number) => Answer | null,
): DnsServer {
  const questions: string[] = [];
  const streams = inNetwork(pid, () => Deno.listen({ hostname: address, port: 53 }));
  const reply = (query: Uint8Array, tcp: boolean) => {
    const { name, type } = questionOf(query);
    questions.push(`${tcp ? "tcp " : ""}${type} ${name}`);
    const given = answer(name, type);
    return given === null ? null : encodeAnswer(query, given, tcp);
  };
  const datagrams = serveUdp(pid, address, 53, (query) => reply(query, false));
  const serveStreams = async () => {
    for await (const conn of streams) {
      const buffer = new Uint8Array(600);
      await conn.read(buffer);
      const bytes = reply(buffer.subarray(2), true);
      if (bytes !== null) await conn.write(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes));
      conn.close();
    }
  };
  serveStreams().catch(() => {});
  return {
    questions,
    [Symbol.dispose]() {
      datagrams[Symbol.dispose]();
      streams.close();
    },
  };
}

export const a = (name: string, ttl: number, ...data: number[]) => ({
  name,
  type: 1,
  ttl,
  data: Uint8Array.from(data),
});
export const aaaa = (name: string, ttl: number, ...data: number[]) => ({
  name,
  type: 28,
  ttl,
  data: Uint8Array.from(data),
});
export const cname = (name: string, ttl: number, target: string) => ({ name, type: 5, ttl, data: encodeName(target) });
export const ptr = (name: string, ttl: number, target: string) => ({ name, type: 12, ttl, data: encodeName(target) });

function questionOf(query: Uint8Array): { name: string; type: number } {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + query[at])));
    at += query[at] + 1;
  }
  return { name: labels.join("."), type: query[at + 2] };
}

function encodeAnswer(query: Uint8Array, answer: Answer, tcp: boolean): Uint8Array {
  const truncated = answer.truncated === true && !tcp;
  const records = truncated ? [] : answer.records ?? [];
  const soa = answer.negativeTtl === undefined ? [] : [soaRecord(answer.negativeTtl)];
  const question = query.slice(12, query.indexOf(0, 12) + 5);
  const flags = 0x8180 | (truncated ? 0x200 : 0) | (answer.code ?? 0);
  const head = [query[0], query[1], flags >> 8, flags & 0xff, 0, 1, 0, records.length, 0, soa.length, 0, 0];
  return Uint8Array.from([...head, ...question, ...records.flatMap(encodeRecord), ...soa.flatMap(encodeRecord)]);
}

function soaRecord(ttl: number) {
  const numbers = new Uint8Array(20);
  new DataView(numbers.buffer).setUint32(16, ttl);
  return {
    name: "test",
    type: 6,
    ttl,
    data: Uint8Array.from([...encodeName("ns"), ...encodeName("admin"), ...numbers]),
  };
}

function encodeRecord(record: { name: string; type: number; ttl: number; data: Uint8Array }): number[] {
  const fixed = new Uint8Array(10);
  const view = new DataView(fixed.buffer);
  view.setUint16(0, record.type);
  view.setUint16(2, 1);
  view.setUint32(4, record.ttl);
  view.setUint16(8, record.data.length);
  return [...encodeName(record.name), ...fixed, ...record.data];
}

function encodeName(name: string): Uint8Array {
  const labels = name.split(".").filter((label) => label !== "");
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0]);
}
