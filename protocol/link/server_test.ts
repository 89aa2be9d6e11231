import assert from "node:assert/strict";
import { handshakeTimeoutMs, maximumHandshakes } from "../limits.ts";
import { connectSession, endSession } from "./client.ts";
import { LinkError } from "./errors.ts";
import { decodeAnswer, encodeAnswer, encodeHello, linkVersion, readHead } from "./hello.ts";
import { memoryTunnels } from "./memory_tunnel.ts";
import { pairToken, SimulatedPair } from "./simulation/pair.ts";
import { VirtualClock } from "./simulation/virtual_clock.ts";
import { SessionServer } from "./server.ts";
import type { Session } from "./session.ts";
import { connectPair, echo, readAll, testServer, testToken } from "./testing.ts";
import { connTunnel, type Tunnel } from "./tunnel.ts";

const isKind = (kind: string) => (error: unknown) => error instanceof LinkError && error.kind === kind;
const hello = {
  kind: "open",
  session: new Uint8Array(16),
  epoch: 1,
  leaseMs: 1000,
  token: testToken,
  holder: "a",
} as const;

/** Says `bytes` to a new server and returns its answer, after which the tunnel must end. */
async function say(bytes: Uint8Array): Promise<ReturnType<typeof decodeAnswer>> {
  const server = await testServer();
  const [near, far] = memoryTunnels();
  const serving = server.accept(far);
  await near.write(bytes);
  const { version, body } = await readHead(near);
  assert.equal(await near.read(new Uint8Array(1)), null);
  await serving;
  assert.equal(server.size, 0);
  return decodeAnswer(version, body);
}

Deno.test("another version is refused, and told the own one", async () => {
  const answer = await say(encodeHello(hello, linkVersion + 1));
  assert.deepEqual([answer.version, answer.status], [linkVersion, "version"]);
  assert.match(answer.reason, /version 1/);
});

Deno.test("a wrong token, an unknown session and an unreadable hello are refused by their names", async () => {
  assert.equal((await say(encodeHello({ ...hello, token: new Uint8Array([1]) }))).status, "token");
  assert.equal((await say(encodeHello({ ...hello, kind: "resume" }))).status, "unknown-session");
  assert.equal((await say(encodeHello({ ...hello, kind: "end" }))).status, "unknown-session");
  const cut = encodeHello(hello);
  cut[12] = 77;
  assert.equal((await say(cut)).status, "malformed");
});

Deno.test("the client names what it was refused for", async () => {
  const refuse = (status: "version" | "token" | "busy" | "malformed", version = linkVersion) => () => {
    const [near, far] = memoryTunnels();
    readHead(far).then(() => far.write(encodeAnswer(status, 0, "because", version)));
    return Promise.resolve(near);
  };
  for (const status of ["version", "token", "busy", "malformed"] as const) {
    const connecting = connectSession({ dial: refuse(status), token: testToken, holder: "a" });
    await assert.rejects(connecting, (error) => isKind(status)(error) && (error as Error).message === "because");
  }
  await assert.rejects(connectPair({ token: new Uint8Array([1]) }), isKind("token"));
});

Deno.test("the client tells a server that is none, or that is gone", async () => {
  const answering = (bytes: Uint8Array | null) => async () => {
    const [near, far] = memoryTunnels();
    if (bytes === null) far.close();
    else await far.write(bytes);
    return near;
  };
  const connect = (dial: () => Promise<Tunnel>) => connectSession({ dial, token: testToken, holder: "a" });
  await assert.rejects(connect(answering(new TextEncoder().encode("HTTP/1.1 400"))), isKind("malformed"));
  await assert.rejects(connect(answering(null)), isKind("tunnel"));
  await assert.rejects(connect(() => Promise.reject(new Error("no route"))), /no route/);
  await assert.rejects(endSession(answering(null), testToken, new Uint8Array(16)), isKind("tunnel"));
});

Deno.test("what does not speak the protocol is closed without an answer, a silent tunnel after a while", async () => {
  const server = await testServer();
  const [near, far] = memoryTunnels();
  await near.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await server.accept(far);
  assert.equal(await near.read(new Uint8Array(1)), null);

  const clock = new VirtualClock();
  const patient = await testServer({ clock });
  let isClosed = false;
  const silent: Tunnel = { read: () => new Promise(() => {}), write: async () => {}, close: () => isClosed = true };
  patient.accept(silent);
  await clock.run(() => isClosed, handshakeTimeoutMs);
  assert.equal(clock.now(), handshakeTimeoutMs);
});

Deno.test("only so many tunnels may wait for their hello", async () => {
  const clock = new VirtualClock();
  const server = await testServer({ clock });
  let closed = 0;
  const silent = (): Tunnel => ({ read: () => new Promise(() => {}), write: async () => {}, close: () => closed++ });
  for (let i = 0; i < maximumHandshakes; i++) server.accept(silent());
  assert.equal(closed, 0);
  await server.accept(silent());
  assert.equal(closed, 1);
});

Deno.test("a hello that is played again does not take the session over", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  const [near, far] = memoryTunnels();
  pair.server.accept(far);
  await near.write(encodeHello({ ...hello, kind: "resume", session: client.id, token: pairToken }));
  const { version, body } = await readHead(near);
  assert.equal(decodeAnswer(version, body).status, "stale");
  assert.equal(client.tunnelCount, 1);
  assert.equal(await pair.run(client.ping()) > 0, true);
  await pair.run(client.end("done"));
});

Deno.test("the server knows the holder, and ends all its sessions", async () => {
  const pair = new SimulatedPair();
  const holders: string[] = [];
  pair.server = new SessionServer({
    tokenHash: pairToken,
    digest: (bytes) => Promise.resolve(bytes),
    onSession: (_session, { holder }) => holders.push(holder),
    clock: pair.linkClock,
  });
  const clients = [await pair.connect({ holder: "ann@home" }), await pair.connect({ holder: "bob@work" })];
  assert.deepEqual(holders, ["ann@home", "bob@work"]);
  assert.equal(pair.server.size, 2);
  await pair.run(pair.server.end("the agent stops"));
  for (const client of clients) {
    assert.deepEqual(await pair.run(client.ended), { kind: "peer", reason: "the agent stops" });
  }
  assert.equal(pair.server.size, 0);
});

Deno.test("a session over TCP works and says end to both", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const opened = Promise.withResolvers<Session>();
  const server = await testServer({ onSession: (session) => opened.resolve(session) });
  const accepting = listener.accept().then((conn) => server.accept(connTunnel(conn)));
  const dial = async () => connTunnel(await Deno.connect({ hostname: "127.0.0.1", port }));
  const client = await connectSession({ dial, token: testToken, holder: "a" });
  (await opened.promise).onStream = echo;
  const stream = client.open(new Uint8Array());
  const sent = crypto.getRandomValues(new Uint8Array(65536));
  const writing = (async () => {
    for (let i = 0; i < 100; i++) await stream.write(sent);
    await stream.end();
  })();
  const received = await readAll(stream);
  await writing;
  assert.equal(received.length, 100 * sent.length);
  for (let i = 0; i < 100; i++) assert.deepEqual(received.slice(i * 65536, (i + 1) * 65536), sent);
  await client.end("done");
  await accepting;
  assert.deepEqual(await (await opened.promise).ended, { kind: "peer", reason: "done" });
  listener.close();
});
