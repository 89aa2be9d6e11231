/**
 * HTTP clients with keep-alive connections: `incoming_load.ts HOST PORT CONNECTIONS SECONDS [REQUESTS_PER_SECOND]`.
 * Prints what came of it as a line of JSON. Each request carries a number of its own.
 */
const [host, port, connections, seconds, rate] = [Deno.args[0], ...Deno.args.slice(1).map(Number)] as [
  string,
  number,
  number,
  number,
  number | undefined,
];
const BODY = "x".repeat(1000);
const encoder = new TextEncoder();
const started = performance.now();
const latenciesMs: number[] = [];
let next = 0;
let failed = 0;

/** An answer to a request of ours is one segment, or several whose total length is known from its head. */
async function readAnswer(connection: Deno.TcpConn, buffer: Uint8Array): Promise<void> {
  let filled = 0;
  for (;;) {
    const count = await connection.read(buffer.subarray(filled));
    if (count === null) throw new Error("the connection ended");
    filled += count;
    const text = new TextDecoder("latin1").decode(buffer.subarray(0, filled));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    const length = Number(/content-length: (\d+)/i.exec(text)![1]);
    if (filled >= head + 4 + length) return;
  }
}

async function client(): Promise<void> {
  const connection = await Deno.connect({ hostname: host, port });
  connection.setNoDelay();
  const buffer = new Uint8Array(16 * 1024);
  while (performance.now() - started < seconds * 1000) {
    const number = next++;
    if (rate) {
      const due = started + number * 1000 / rate;
      const early = due - performance.now();
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    }
    const sent = performance.now();
    const head = `POST /${number} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${BODY.length}\r\n\r\n`;
    await connection.write(encoder.encode(head + BODY));
    await readAnswer(connection, buffer);
    latenciesMs.push(performance.now() - sent);
  }
  connection.close();
}

await Promise.all(Array.from({ length: connections }, () => client().catch(() => failed++)));
const elapsed = (performance.now() - started) / 1000;
latenciesMs.sort((a, b) => a - b);
const at = (share: number) => latenciesMs[Math.floor(latenciesMs.length * share)];
console.log(JSON.stringify({
  requests: latenciesMs.length,
  failed,
  perSecond: Math.round(latenciesMs.length / elapsed),
  p50Ms: at(0.5),
  p99Ms: at(0.99),
}));
