import assert from "node:assert/strict";
import { connectSession } from "./client.ts";
import { memoryTunnels } from "./memory_tunnel.ts";
import { SessionServer } from "./server.ts";
import type { Session } from "./session.ts";
import type { Stream } from "./stream.ts";
import type { Tunnel } from "./tunnel.ts";

const token = new TextEncoder().encode("a token");

interface Pair {
  client: Session;
  server: Session;
  listener: SessionServer;
  /** Tunnels dialled so far, the client's ends. */
  tunnels: Tunnel[];
}

async function connect(): Promise<Pair> {
  const opened = Promise.withResolvers<Session>();
  const tokenHash = new Uint8Array(await crypto.subtle.digest("SHA-256", token));
  const listener = new SessionServer({ tokenHash, onSession: (session) => opened.resolve(session) });
  const tunnels: Tunnel[] = [];
  const dial = () => {
    const [near, far] = memoryTunnels();
    tunnels.push(near);
    listener.accept(far);
    return Promise.resolve(near);
  };
  const client = await connectSession({ dial, token, holder: "tester@here" });
  return { client, server: await opened.promise, listener, tunnels };
}

async function readAll(stream: Stream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) chunks.push(bytes);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

async function echo(stream: Stream): Promise<void> {
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) await stream.write(bytes);
  await stream.end();
}

Deno.test("a stream carries bytes both ways and leaves nothing behind", async () => {
  const { client, server, listener } = await connect();
  server.onStream = echo;
  const stream = client.open(new TextEncoder().encode("header"));
  const sent = crypto.getRandomValues(new Uint8Array(65536));
  const writing = (async () => {
    for (let i = 0; i < 40; i++) await stream.write(sent);
    await stream.end();
  })();
  const received = await readAll(stream);
  await writing;
  assert.equal(received.length, 40 * sent.length);
  assert.deepEqual(received.slice(-sent.length), sent);
  await stream.closed;
  await client.end("the test is over");
  assert.deepEqual(await server.ended, { kind: "peer", reason: "the test is over" });
  assert.equal(client.streamCount, 0);
  assert.equal(server.streamCount, 0);
  assert.equal(listener.size, 0);
});

Deno.test("a cut tunnel suspends the session, and the next one goes on byte for byte", async () => {
  const { client, server, tunnels } = await connect();
  const events: string[] = [];
  client.onSuspend = () => events.push("suspended");
  client.onResume = () => events.push("resumed");
  server.onStream = echo;
  const stream = client.open(new Uint8Array());
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
  assert.ok(tunnels.length >= 2);
  assert.deepEqual(events.slice(0, 2), ["suspended", "resumed"]);
  await client.end("the test is over");
  await server.ended;
});
