/**
 * Measures the link over a loopback TCP connection between two processes of Deno:
 *
 *     deno run -A --v8-flags=--expose-gc tests/bench/link_bench.ts [--seconds N] [--only PART] [--megabits N]
 *
 * bulk MB/s in each direction, 64-byte round trips (rate, p50, p99; alone and beside a bulk stream), short streams per
 * second, and the memory of 1 000 idle streams. With a rate in Mbit/s all this at a distance of 20 ms.
 */
import { farTunnel } from "./far_tunnel.ts";
import {
  connectSession,
  connTunnel,
  recycle,
  type Session,
  SessionServer,
  type Stream,
} from "../../protocol/link/mod.ts";

const token = new TextEncoder().encode("bench");
const seconds = Number(option("--seconds")) || 3;
const only = option("--only");
const megabits = Number(option("--megabits"));
/** A line of 20 ms there and back, if its rate was named. */
const distance = megabits > 0 ? { delayMs: 10, bytesPerMs: megabits * 125, bufferBytes: 4 * 1024 * 1024 } : null;

if (Deno.args[0] === "serve") await serve();
else await measure();

function option(name: string): string {
  const index = Deno.args.indexOf(name);
  return index < 0 ? "" : Deno.args[index + 1] ?? "";
}

/** The other process: what a stream does is its header. */
async function serve(): Promise<void> {
  const tokenHash = new Uint8Array(await crypto.subtle.digest("SHA-256", token));
  const server = new SessionServer({
    tokenHash,
    onSession: (session) => session.onStream = (stream) => void answer(stream).catch(() => {}),
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log((listener.addr as Deno.NetAddr).port);
  for await (const conn of listener) server.accept(connTunnel(conn));
}

async function answer(stream: Stream): Promise<void> {
  const task = new TextDecoder().decode(stream.header);
  if (task === "echo") {
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) await stream.write(bytes);
    await stream.end();
  } else if (task === "sink") {
    let total = 0;
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
      total += bytes.length;
      recycle(bytes);
    }
    await stream.write(new TextEncoder().encode(String(total)));
    await stream.end();
  } else if (task === "source") {
    const block = new Uint8Array(256 * 1024).fill(7);
    for (;;) await stream.write(block); // until the client has measured enough and resets the stream
  } else if (task === "usage") {
    const { user, system } = cpuSeconds();
    await stream.write(new TextEncoder().encode(JSON.stringify({ cpu: user + system, heap: heapBytes() })));
    await stream.end();
  }
}

/** Bytes of the heap in use; both processes run with --expose-gc. */
function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}

function cpuSeconds(): { user: number; system: number } {
  const [user, system] = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]!.split(" ").slice(11, 13).map(Number);
  return { user: user! / 100, system: system! / 100 };
}

async function measure(): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--v8-flags=--expose-gc", import.meta.filename!, "serve"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const port = Number(new TextDecoder().decode((await reader.read()).value));
  const dial = async () => {
    const tunnel = connTunnel(await Deno.connect({ hostname: "127.0.0.1", port }));
    return distance === null ? tunnel : farTunnel(tunnel, distance);
  };
  const session = await connectSession({ dial, token, holder: "bench@here" });
  try {
    for (const [name, part] of Object.entries({ idle, bulkOut, bulkIn, pingPong, besideBulk, shortStreams })) {
      if (only === "" || name === only) await part(session);
    }
  } finally {
    await session.end("done");
    child.kill();
    await reader.cancel();
    await child.status;
  }
}

function open(session: Session, task: string): Stream {
  return session.open(new TextEncoder().encode(task));
}

async function usage(session: Session): Promise<{ cpu: number; heap: number }> {
  const bytes = await open(session, "usage").read();
  return JSON.parse(new TextDecoder().decode(bytes!));
}

async function withCpu(session: Session, name: string, work: () => Promise<number>): Promise<void> {
  const before = { own: cpuSeconds(), peer: await usage(session), atMs: performance.now() };
  const bytes = await work();
  const elapsedMs = performance.now() - before.atMs;
  const own = cpuSeconds();
  const gigabytes = bytes / 1e9;
  const ownCpu = (own.user + own.system - before.own.user - before.own.system) / gigabytes;
  const peerCpu = ((await usage(session)).cpu - before.peer.cpu) / gigabytes;
  const rate = (bytes / elapsedMs / 1000).toFixed(0);
  console.log(`${name}: ${rate} MB/s; CPU s/GB ${ownCpu.toFixed(2)} here, ${peerCpu.toFixed(2)} there`);
}

async function bulkOut(session: Session): Promise<void> {
  await withCpu(session, "bulk out", async () => {
    const stream = open(session, "sink");
    const block = new Uint8Array(256 * 1024).fill(7);
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs) await stream.write(block);
    await stream.end();
    return Number(new TextDecoder().decode((await stream.read())!));
  });
}

async function bulkIn(session: Session): Promise<void> {
  await withCpu(session, "bulk in", async () => {
    const stream = open(session, "source");
    let total = 0;
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs) {
      const bytes = (await stream.read())!;
      total += bytes.length;
      recycle(bytes);
    }
    stream.reset(0);
    return total;
  });
}

async function pingPong(session: Session, name = "64-byte round trips"): Promise<void> {
  const stream = open(session, "echo");
  const message = new Uint8Array(64);
  const times: number[] = [];
  const startMs = performance.now();
  while (performance.now() < startMs + seconds * 1000) {
    const sentMs = performance.now();
    await stream.write(message);
    for (let got = 0; got < 64;) got += (await stream.read())!.length;
    times.push(performance.now() - sentMs);
  }
  const elapsedMs = performance.now() - startMs;
  await stream.end();
  await stream.read();
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)]! * 1000).toFixed(0);
  const rate = (times.length / elapsedMs * 1000).toFixed(0);
  console.log(`${name}: ${rate}/s, p50 ${at(0.5)} us, p99 ${at(0.99)} us`);
}

async function besideBulk(session: Session): Promise<void> {
  const bulk = open(session, "source");
  let isOver = false;
  const draining = (async () => {
    while (!isOver) await bulk.read();
    bulk.reset(0);
  })();
  await pingPong(session, "64-byte round trips beside a bulk stream");
  isOver = true;
  await draining;
}

async function shortStreams(session: Session): Promise<void> {
  const startMs = performance.now();
  let count = 0;
  const worker = async () => {
    while (performance.now() < startMs + seconds * 1000) {
      const stream = open(session, "echo");
      await stream.write(new Uint8Array(200));
      await stream.end();
      while (await stream.read() !== null);
      count++;
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  console.log(`short streams, 32 at a time: ${(count / (performance.now() - startMs) * 1000).toFixed(0)}/s`);
}

async function idle(session: Session): Promise<void> {
  const before = heapBytes();
  const peer = await usage(session);
  const streams = Array.from({ length: 1000 }, () => open(session, "idle"));
  await session.ping();
  const after = heapBytes();
  const peerAfter = await usage(session);
  const here = (after - before) / 1000;
  const there = (peerAfter.heap - peer.heap) / 1000;
  console.log(`1000 idle streams: ${here.toFixed(0)} B of heap each here, ${there.toFixed(0)} B there`);
  for (const stream of streams) stream.reset(0);
}
