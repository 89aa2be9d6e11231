import assert from "node:assert/strict";
import { endTimeoutMs, leaseMs, redialBesideMs, redialDelaysMs, silenceMs, tickMs } from "../limits.ts";
import { endSession } from "./client.ts";
import { LinkError, StreamCode, StreamError } from "./errors.ts";
import { pairToken, SimulatedPair } from "./simulation/pair.ts";
import type { Session } from "./session.ts";
import type { Stream } from "./stream.ts";
import { echo } from "./testing.ts";

/** Notes when a session is suspended and resumed. */
function watch(pair: SimulatedPair, session: Session): { what: string; atMs: number }[] {
  const events: { what: string; atMs: number }[] = [];
  session.onSuspend = () => events.push({ what: "suspended", atMs: pair.clock.now() });
  session.onResume = () => events.push({ what: "resumed", atMs: pair.clock.now() });
  return events;
}

async function exchange(stream: Stream, text: string): Promise<string> {
  await stream.write(new TextEncoder().encode(text));
  let answer = "";
  while (answer.length < text.length) answer += new TextDecoder().decode((await stream.read())!);
  return answer;
}

const darkness = () => new Promise<never>(() => {});

Deno.test("a tunnel that falls silent is noticed by both ends in 1.5 s, even while a write to it is stuck", async () => {
  const pair = new SimulatedPair({ capacity: 1000 });
  const client = await pair.connect();
  const server = pair.served[0]!;
  server.onStream = echo;
  const stream = client.open(new Uint8Array());
  assert.equal(await pair.run(exchange(stream, "before")), "before");
  const [ofClient, ofServer] = [watch(pair, client), watch(pair, server)];
  pair.tunnels[0]!.freeze("both");
  const frozenMs = pair.clock.now();
  stream.write(new Uint8Array(50_000)).catch(() => {});
  await pair.pass(silenceMs + 2 * tickMs);
  for (const [event] of [ofClient, ofServer]) {
    assert.equal(event!.what, "suspended");
    assert.ok(event!.atMs - frozenMs <= silenceMs + tickMs + pair.manners.latencyMs, `${event!.atMs - frozenMs} ms`);
  }
  assert.equal(ofClient[1]!.what, "resumed");
  assert.equal(ofServer[1]!.what, "resumed");
  let received = 0;
  while (received < 50_000) received += (await pair.run(stream.read()))!.length;
  assert.equal(received, 50_000);
  await pair.run(client.end("done"));
  assert.equal(pair.linkClock.pending, 0);
});

Deno.test("a dead direction is enough", async () => {
  for (const direction of ["there", "back"] as const) {
    const pair = new SimulatedPair();
    const client = await pair.connect();
    const events = watch(pair, client);
    pair.tunnels[0]!.freeze(direction);
    await pair.pass(2 * silenceMs + 2 * tickMs);
    assert.deepEqual(events.map((event) => event.what), ["suspended", "resumed"]);
    await pair.run(client.end("done"));
  }
});

Deno.test("late frames of a tunnel that was given up are ignored", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  pair.served[0]!.onStream = echo;
  const stream = client.open(new Uint8Array());
  pair.tunnels[0]!.freeze("both");
  const answer = exchange(stream, "once only");
  await pair.pass(3000);
  pair.tunnels[0]!.thaw();
  assert.equal(await pair.run(answer), "once only");
  await pair.run(stream.end());
  assert.equal(await pair.run(stream.read()), null);
  await pair.pass(1000);
  assert.deepEqual([client.streamCount, pair.served[0]!.streamCount, client.tunnelCount], [0, 0, 1]);
  await pair.run(client.end("done"));
});

Deno.test("thousands of open streams are resumed", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  const server = pair.served[0]!;
  server.onStream = echo;
  const streams = Array.from({ length: 6000 }, () => client.open(new Uint8Array()));
  await pair.run(client.ping());
  pair.tunnels[0]!.cut("client", 0);
  const answers = await pair.run(Promise.all(streams.map((stream, index) => exchange(stream, `stream ${index}`))));
  answers.forEach((answer, index) => assert.equal(answer, `stream ${index}`));
  assert.equal(pair.tunnels.length, 2);
  await pair.run(Promise.all(streams.map(async (stream) => (await stream.end(), await stream.read()))));
  await pair.pass(1000);
  assert.deepEqual([client.streamCount, server.streamCount], [0, 0]);
  await pair.run(client.end("done"));
});

Deno.test("the client dials again at once, then after 50 ms to 1 s, until the lease is over", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  pair.served[0]!.onStream = echo;
  const stream = client.open(new Uint8Array());
  const waiting = assert.rejects(stream.read(), (error) => {
    return error instanceof StreamError && error.code === StreamCode.sessionEnded;
  });
  await pair.pass(2000);
  pair.insteadOfDial = () => Promise.reject(new Error("refused"));
  const cutMs = pair.clock.now();
  pair.tunnels[0]!.cut("client", 0);
  const reason = await pair.run(client.ended);
  await waiting;
  assert.equal(reason.kind, "expired");
  assert.equal(pair.clock.now() - cutMs, leaseMs);
  const dials = pair.dialledMs.slice(1);
  const gaps = dials.map((atMs, index) => Math.round(atMs - (dials[index - 1] ?? cutMs)));
  assert.deepEqual(gaps.slice(0, redialDelaysMs.length), redialDelaysMs);
  assert.ok(gaps.slice(redialDelaysMs.length).every((gap) => gap === redialDelaysMs.at(-1)));
  assert.equal((await pair.run(pair.served[0]!.ended)).kind, "expired");
  assert.equal(pair.server.size, 0);
});

Deno.test("the shorter lease holds, and the server ends what nobody resumed", async () => {
  const pair = new SimulatedPair({}, { leaseMs: 5000 });
  const client = await pair.connect({ leaseMs: 20_000 });
  pair.insteadOfDial = darkness;
  pair.tunnels[0]!.cut("client", 0);
  const cutMs = pair.clock.now();
  for (const session of [client, pair.served[0]!]) assert.equal((await pair.run(session.ended)).kind, "expired");
  assert.ok(pair.clock.now() - cutMs < 5100);
});

Deno.test("a dial that hangs is given up, told so, and its late tunnel closed", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  let aborted = 0;
  let closed = 0;
  pair.insteadOfDial = (signal) => {
    signal!.addEventListener("abort", () => aborted++);
    const late = { read: darkness, write: darkness, close: () => void closed++ };
    return pair.clock.sleep(20_000).then(() => late);
  };
  pair.tunnels[0]!.cut("client", 0);
  await pair.pass(4000);
  assert.equal(aborted, 1);
  pair.insteadOfDial = null;
  await pair.pass(10_000);
  assert.equal(client.suspended, false);
  await pair.pass(30_000);
  assert.equal(closed, aborted);
  await pair.run(client.end("done"));
});

Deno.test("what was lost of a dial does not hold up the next once the road is open again", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  const events = watch(pair, client);
  let aborted = 0;
  pair.insteadOfDial = (signal) => {
    signal!.addEventListener("abort", () => aborted++);
    return darkness();
  };
  pair.tunnels[0]!.cut("client", 0);
  await pair.pass(10_000);
  const dialled = pair.dialledMs.length;
  pair.insteadOfDial = null;
  const openedMs = pair.clock.now();
  await pair.pass(10_000);
  assert.equal(events[1]!.what, "resumed");
  assert.ok(events[1]!.atMs - openedMs < redialBesideMs + redialDelaysMs.at(-1)!, `${events[1]!.atMs - openedMs} ms`);
  // Neither a late dial nor its company is left.
  assert.equal(aborted, dialled - 1);
  assert.equal(pair.dialledMs.length, dialled + 1);
  await pair.run(client.end("done"));
  assert.equal(pair.linkClock.pending, 0);
});

Deno.test("a server that was restarted does not know the session: it is lost", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  pair.server = pair.startServer();
  pair.tunnels[0]!.cut("client", 0);
  assert.equal((await pair.run(client.ended)).kind, "lost");
});

Deno.test("the guardian ends a session over a tunnel of its own, once", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  const server = pair.served[0]!;
  const say = () => endSession(pair.dial, pairToken, client.id, { clock: pair.linkClock, reason: "the proxy died" });
  assert.equal(await pair.run(say()), true);
  assert.deepEqual(await pair.run(server.ended), { kind: "peer", reason: "the proxy died" });
  assert.equal(await pair.run(say()), false);
  const wrong = endSession(pair.dial, new Uint8Array([9]), client.id, { clock: pair.linkClock });
  await assert.rejects(pair.run(wrong), (error) => error instanceof LinkError && error.kind === "token");
  assert.equal((await pair.run(client.ended)).kind, "lost");
  assert.equal(pair.linkClock.pending, 0);
});

Deno.test("end waits for the peer, but not for long", async () => {
  const calm = new SimulatedPair();
  const client = await calm.connect();
  await calm.run(client.end("enough"));
  assert.ok(calm.clock.now() < 100);
  assert.deepEqual(await calm.run(calm.served[0]!.ended), { kind: "peer", reason: "enough" });

  const dark = new SimulatedPair();
  const alone = await dark.connect();
  dark.tunnels[0]!.freeze("both");
  dark.insteadOfDial = darkness;
  const startMs = dark.clock.now();
  await dark.run(alone.end("enough"));
  assert.equal(dark.clock.now() - startMs, endTimeoutMs);
  assert.deepEqual(await alone.ended, { kind: "local", reason: "enough" });
});

Deno.test("an end that was said while suspended is told by the next tunnel", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  pair.insteadOfDial = () => Promise.reject(new Error("refused"));
  pair.tunnels[0]!.cut("client", 0);
  await pair.pass(60);
  pair.insteadOfDial = null;
  await pair.run(client.end("enough"));
  assert.deepEqual(await pair.run(pair.served[0]!.ended), { kind: "peer", reason: "enough" });
});

Deno.test("a ping waits for a tunnel, and an ended session has none", async () => {
  const pair = new SimulatedPair();
  const client = await pair.connect();
  assert.equal(Math.round(await pair.run(client.ping())), 2 * pair.manners.latencyMs);
  pair.tunnels[0]!.cut("client", 0);
  const waiting = client.ping();
  assert.equal(Math.round(await pair.run(waiting)), 2 * pair.manners.latencyMs);
  const last = assert.rejects(client.ping(), (error) => error instanceof LinkError && error.kind === "ended");
  client.finish({ kind: "local", reason: "done" });
  await last;
  await assert.rejects(client.ping(), LinkError);
});
