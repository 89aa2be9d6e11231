import assert from "node:assert/strict";
import { headersSessionBytes, initialWindowBytes, maximumHeaderBytes, maximumStreams } from "../limits.ts";
import { lossyStreamBytes, maximumMessageBytes, maximumWindowBytes } from "../limits.ts";
import { LinkError, StreamCode, StreamError } from "./errors.ts";
import { SimulatedPair } from "./simulation/pair.ts";
import type { Stream } from "./stream.ts";
import { connectPair, echo, readAll } from "./testing.ts";

const empty = new Uint8Array();
const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes!);
const bytesOf = (words: string) => new TextEncoder().encode(words);

function isReset(code: number, reason?: string) {
  return (error: unknown) =>
    error instanceof StreamError && error.code === code && (reason === undefined || error.reason === reason);
}

/** Whether a promise settles within some turns of the event loop. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  promise.catch(() => {}).then(() => isSettled = true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  return isSettled;
}

Deno.test("a stream carries bytes both ways and leaves nothing behind", async () => {
  const { client, server, listener, end } = await connectPair();
  server.onStream = echo;
  const stream = client.open(bytesOf("header"));
  const sent = crypto.getRandomValues(new Uint8Array(65536));
  const writing = (async () => {
    for (let i = 0; i < 40; i++) await stream.write(sent);
    await stream.end();
  })();
  const received = await readAll(stream);
  await writing;
  assert.equal(received.length, 40 * sent.length);
  for (let i = 0; i < 40; i++) assert.deepEqual(received.slice(i * 65536, (i + 1) * 65536), sent);
  await stream.closed;
  await end();
  assert.deepEqual([client.streamCount, server.streamCount, listener.size], [0, 0, 0]);
});

Deno.test("tunnels that are cut do not show in the bytes", async () => {
  const { client, server, tunnels, end } = await connectPair();
  server.onStream = echo;
  const stream = client.open(empty);
  const sent = crypto.getRandomValues(new Uint8Array(65536));
  const writing = (async () => {
    for (let i = 0; i < 40; i++) {
      await stream.write(sent);
      if (i % 10 === 5) tunnels.at(-1)!.close();
    }
    await stream.end();
  })();
  const received = await readAll(stream);
  await writing;
  assert.equal(received.length, 40 * sent.length);
  for (let i = 0; i < 40; i++) assert.deepEqual(received.slice(i * 65536, (i + 1) * 65536), sent);
  assert.ok(tunnels.length >= 3);
  await end();
});

Deno.test("the header and the first bytes arrive together, before anything was answered", async () => {
  const { client, server, end } = await connectPair();
  const accepted = Promise.withResolvers<Stream>();
  const stream = client.open(bytesOf("connect"));
  await stream.write(bytesOf("hello"));
  server.onStream = accepted.resolve;
  const far = await accepted.promise;
  assert.equal(text(far.header), "connect");
  assert.equal(far.id, stream.id);
  assert.equal(text(await far.read()), "hello");
  await end();
});

Deno.test("each direction ends by itself", async () => {
  const { client, server, end } = await connectPair();
  server.onStream = async (far) => {
    assert.equal(await far.read(), null);
    await far.write(bytesOf("still here"));
    await far.end();
  };
  const stream = client.open(empty);
  await stream.end();
  await assert.rejects(stream.write(empty), (error) => error instanceof LinkError && error.kind === "ended");
  assert.equal(text(await readAll(stream)), "still here");
  assert.equal(await stream.read(), null);
  await stream.closed;
  await end();
});

Deno.test("a reset reaches the other end with its code and reason, and ends both directions", async () => {
  const { client, server, end } = await connectPair();
  const accepted = Promise.withResolvers<Stream>();
  server.onStream = accepted.resolve;
  const stream = client.open(empty);
  const far = await accepted.promise;
  const reading = assert.rejects(far.read(), isReset(111, "refused"));
  stream.reset(111, "refused");
  stream.reset(7, "a second one does nothing");
  await assert.rejects(stream.read(), isReset(111, "refused"));
  await assert.rejects(stream.write(empty), isReset(111));
  await reading;
  await assert.rejects(far.write(empty), isReset(111, "refused"));
  await Promise.all([stream.closed, far.closed]);
  await client.ping();
  assert.deepEqual([client.streamCount, server.streamCount], [0, 0]);
  await end();
});

Deno.test("a writer waits when nobody reads, and goes on when somebody does", async () => {
  const { client, server, end } = await connectPair();
  const accepted = Promise.withResolvers<Stream>();
  server.onStream = accepted.resolve;
  const stream = client.open(empty);
  await stream.write(new Uint8Array(initialWindowBytes));
  const more = stream.write(new Uint8Array([1, 2, 3]));
  const last = stream.write(new Uint8Array([4]));
  assert.equal(await settles(more), false);
  const far = await accepted.promise;
  const ending = stream.end();
  const received = await readAll(far);
  await Promise.all([more, last, ending]);
  assert.deepEqual([...received.slice(initialWindowBytes)], [1, 2, 3, 4]);
  stream.reset(0);
  await end();
});

Deno.test("writers that wait are told of a reset, and of the session's end", async () => {
  const { client, server, end } = await connectPair();
  server.onStream = (far) => far.header[0] === 1 && far.reset(5, "no");
  const stream = client.open(new Uint8Array([1]));
  await assert.rejects(stream.write(new Uint8Array(2 * initialWindowBytes)), isReset(5, "no"));
  const waiting = client.open(empty).write(new Uint8Array(2 * initialWindowBytes));
  await Promise.all([assert.rejects(waiting, isReset(StreamCode.sessionEnded)), end()]);
  assert.throws(() => client.open(empty), (error) => error instanceof LinkError && error.kind === "ended");
});

Deno.test("a window grows while its reader keeps up, and only then", async () => {
  const pair = new SimulatedPair({ latencyMs: 20 });
  const client = await pair.connect();
  const server = pair.served[0]!;
  server.onStream = async (far) => {
    if (far.header[0] === 1) await pair.clock.sleep(5000);
    await readAll(far).catch(() => {});
  };
  const [fast, slow] = [client.open(empty), client.open(new Uint8Array([1]))];
  const write = async (stream: Stream) => {
    for (let i = 0; i < 200; i++) await stream.write(new Uint8Array(100_000));
    await stream.end();
  };
  const slowly = write(slow).catch(() => {});
  await pair.run(write(fast));
  const limitOf = ({ id }: Stream) => server.streams.table.get(id)!.receiver.limit;
  assert.equal(limitOf(slow), initialWindowBytes);
  assert.ok(server.streams.budget.grown > maximumWindowBytes / 8, `${server.streams.budget.grown} bytes`);
  slow.reset(0);
  fast.reset(0);
  await slowly;
  await pair.run(client.end("done"));
});

Deno.test("messages of a lossy stream keep their borders; what finds no room is dropped and counted", async () => {
  const { client, server, end } = await connectPair();
  const accepted = Promise.withResolvers<Stream>();
  server.onStream = accepted.resolve;
  const stream = client.open(empty, { lossy: true });
  assert.equal(stream.send(bytesOf("one")), true);
  assert.equal(stream.send(empty), true);
  assert.equal(stream.send(new Uint8Array(maximumMessageBytes + 1)), false);
  let sent = 0;
  while (stream.send(new Uint8Array(60_000))) sent++;
  assert.equal(sent, Math.floor(lossyStreamBytes / 60_000));
  assert.equal(stream.dropped, 2);
  const far = await accepted.promise;
  assert.deepEqual([text(await far.receive()), (await far.receive())!.length], ["one", 0]);
  while (sent-- > 0) assert.equal((await far.receive())!.length, 60_000);
  assert.equal(stream.send(bytesOf("last")), true);
  await stream.end();
  assert.equal(text(await far.receive()), "last");
  assert.equal(await far.receive(), null);
  assert.equal(far.dropped, 2);
  assert.equal(stream.send(bytesOf("after the end")), false);
  assert.equal(far.send(bytesOf("back")), true);
  await far.end();
  assert.equal(text(await stream.receive()), "back");
  assert.throws(() => stream.read(), TypeError);
  assert.throws(() => stream.write(empty), TypeError);
  await end();
});

Deno.test("streams that came before somebody asked for them are handed over", async () => {
  const { client, server, end } = await connectPair();
  for (const word of ["one", "two"]) client.open(bytesOf(word));
  await client.ping();
  const words: string[] = [];
  server.onStream = (far) => words.push(text(far.header));
  assert.deepEqual(words, ["one", "two"]);
  await end();
});

Deno.test("a handler that throws costs its stream, not the tunnel", async () => {
  const { client, server, tunnels, end } = await connectPair();
  const reported: unknown[] = [];
  const note = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error);
  };
  globalThis.addEventListener("error", note);
  server.onStream = () => {
    throw new Error("a mistake of the owner");
  };
  await assert.rejects(client.open(empty).read(), isReset(StreamCode.refused));
  globalThis.removeEventListener("error", note);
  assert.equal(reported.length, 1);
  assert.equal(tunnels.length, 1);
  await end();
});

Deno.test("one read at a time", async () => {
  const { client, end } = await connectPair();
  const stream = client.open(empty);
  const first = assert.rejects(stream.read(), isReset(0));
  await assert.rejects(stream.read(), /Another read/);
  stream.reset(0);
  await first;
  await end();
});

Deno.test("thousands of short streams leave nothing behind, also when tunnels are cut", async () => {
  const { client, server, tunnels, end } = await connectPair();
  server.onStream = echo;
  let count = 0;
  const worker = async () => {
    while (count < 5000) {
      if (++count % 1000 === 0) tunnels.at(-1)!.close();
      const stream = client.open(new Uint8Array([count & 255]));
      await stream.write(new Uint8Array(100).fill(count));
      await stream.end();
      assert.equal((await readAll(stream)).length, 100);
      await stream.closed;
    }
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  await client.ping();
  await server.ping();
  const { initial, grown, headers } = server.streams.budget;
  assert.deepEqual([client.streamCount, server.streamCount, initial, grown, headers], [0, 0, 0, 0, 0]);
  assert.ok(client.open(empty).id > 10_000, "ids are not used again");
  await end();
});

Deno.test("streams and headers have their bounds", async () => {
  const { client, end } = await connectPair();
  const limit = (error: unknown) => error instanceof LinkError && error.kind === "limit";
  assert.throws(() => client.open(new Uint8Array(maximumHeaderBytes + 1)), limit);
  for (let i = 0; i < headersSessionBytes / maximumHeaderBytes; i++) client.open(new Uint8Array(maximumHeaderBytes));
  assert.throws(() => client.open(new Uint8Array(1)), limit);
  while (client.streamCount < maximumStreams) client.open(empty);
  assert.throws(() => client.open(empty), limit);
  assert.equal(await client.ping() > 0, true);
  await end();
});
