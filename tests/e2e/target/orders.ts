/** What the target does when it is asked to: requests in its own network, as its clients would make them. */
import { address } from "./scene.ts";

/** One line of JSON each; the answer is one line of JSON. */
export type Order =
  | { do: "get"; port: number; host?: string; timeoutMs?: number }
  /** Sends `text` on a connection of its own and no more: what comes back until the end. */
  | { do: "exchange"; port: number; text: string }
  /** `connections` clients, each a request after the other on connections of their own, for `ms`. */
  | { do: "load"; port: number; connections: number; ms: number }
  /** A connection that stays: `open` answers an id, `say` sends a line and answers what comes back. */
  | { do: "open"; port: number }
  | { do: "say"; id: number; text: string }
  | { do: "close"; id: number };

/** How a load went. `answers`: how often each text came; `longestGapMs`: the longest time without any answer. */
export interface LoadResult {
  answers: Record<string, number>;
  errors: Record<string, number>;
  longestGapMs: number;
}

const exchangeLimitMs = 10_000;
const open = new Map<number, Deno.TcpConn>();
let lastId = 0;

export async function obey(lines: ReadableStream<Uint8Array>): Promise<void> {
  let rest = "";
  for await (const text of lines.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + text).split("\n");
    rest = pieces.pop()!;
    for (const piece of pieces) answer(JSON.parse(piece));
  }
}

async function answer({ tag, order }: { tag: number; order: Order }): Promise<void> {
  const result = await execute(order).then((value) => ({ value }), (error) => ({ error: String(error) }));
  console.log(JSON.stringify({ tag, ...result }));
}

function execute(order: Order): Promise<unknown> {
  switch (order.do) {
    case "get":
      return get(order.host ?? address, order.port, order.timeoutMs ?? 5000);
    case "exchange":
      return exchange(order.port, order.text);
    case "load":
      return load(order.port, order.connections, order.ms);
    case "open":
      return openConnection(order.port);
    case "say":
      return say(order.id, order.text);
    case "close":
      open.get(order.id)?.close();
      open.delete(order.id);
      return Promise.resolve(null);
  }
}

/** One request on a connection of its own. */
async function get(host: string, port: number, timeoutMs: number): Promise<string> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(`http://${host}:${port}/`, { client, signal: AbortSignal.timeout(timeoutMs) });
  return await response.text();
}

async function exchange(port: number, text: string): Promise<string> {
  using conn = await Deno.connect({ hostname: address, port });
  const limit = setTimeout(() => conn.close(), exchangeLimitMs);
  try {
    await conn.write(new TextEncoder().encode(text));
    await conn.closeWrite();
    return await new Response(conn.readable).text();
  } finally {
    clearTimeout(limit);
  }
}

async function load(port: number, connections: number, ms: number): Promise<LoadResult> {
  const result: LoadResult = { answers: {}, errors: {}, longestGapMs: 0 };
  const end = performance.now() + ms;
  let last = performance.now();
  const client = async () => {
    while (performance.now() < end) {
      try {
        const text = await get(address, port, 10_000);
        result.answers[text] = (result.answers[text] ?? 0) + 1;
        result.longestGapMs = Math.max(result.longestGapMs, performance.now() - last);
        last = performance.now();
      } catch (error) {
        const name = error instanceof Error ? error.message.slice(0, 80) : String(error);
        result.errors[name] = (result.errors[name] ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  return result;
}

async function openConnection(port: number): Promise<{ id: number; from: string }> {
  const conn = await Deno.connect({ hostname: address, port });
  open.set(++lastId, conn);
  const { hostname, port: own } = conn.localAddr;
  return { id: lastId, from: `${hostname}:${own}` };
}

async function say(id: number, text: string): Promise<string> {
  const conn = open.get(id);
  if (!conn) throw new Error(`no connection ${id}`);
  await conn.write(new TextEncoder().encode(`${text}\n`));
  const buffer = new Uint8Array(4096);
  const n = await conn.read(buffer);
  if (n === null) throw new Error("closed by the other side");
  return new TextDecoder().decode(buffer.subarray(0, n)).trim();
}
