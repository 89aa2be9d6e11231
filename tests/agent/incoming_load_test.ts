/** Many requests at once: nothing is lost, and the figures are printed. The bounds hold on a busy machine too. */
import assert from "node:assert/strict";
import type { Stream } from "../../protocol/link/mod.ts";
import type { Namespace } from "./incoming_network.ts";
import { ScriptedProcess } from "./incoming_process.ts";
import { PORT, Scene } from "./incoming_scene.ts";

const CONNECTIONS = 32;
const SECONDS = 5;
const BODY_BYTES = 1000;
const RSS_BYTES_MAX = 128 * 1024 * 1024;
/** The head that `incoming_load.ts` sends, with its number. */
const HEAD = /^POST \/(\d+) [^]*?\r\n\r\n/;
const answer = new TextEncoder().encode(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`);

interface LoadResult {
  requests: number;
  failed: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

async function load(from: Namespace, port: number, rate = 0): Promise<LoadResult> {
  const process = new ScriptedProcess(
    from,
    "incoming_load.ts",
    "10.99.0.1",
    `${port}`,
    `${CONNECTIONS}`,
    `${SECONDS}`,
    `${rate}`,
  );
  const result = await process.read() as unknown as LoadResult;
  await process.kill();
  return result;
}

/** Takes whole requests out of what came, and leaves the rest. */
function takeRequests(text: string, seen: (number: number) => void): string {
  for (let head = HEAD.exec(text); head && text.length >= head[0].length + BODY_BYTES; head = HEAD.exec(text)) {
    seen(Number(head[1]));
    text = text.slice(head[0].length + BODY_BYTES);
  }
  return text;
}

async function memory({ agent }: Scene): Promise<number> {
  return ((await agent.tell("memory")).result as { rss: number }).rss;
}

Deno.test("stealing carries thousands of requests a second over 32 connections", () =>
  Scene.run(async (scene) => {
    const me = await scene.connect("me@here", async (stream: Stream) => {
      let text = "";
      let answers = 0;
      for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
        text = takeRequests(text + new TextDecoder("latin1").decode(bytes), () => answers++);
        for (; answers > 0; answers--) await stream.write(answer);
      }
      await stream.end();
    });
    await me.steal(PORT);
    const { requests, failed, perSecond, p50Ms, p99Ms } = await load(scene.network.outside, PORT);
    const rss = await memory(scene);
    console.log(
      `${perSecond} requests/s, ${p50Ms.toFixed(2)} ms (p50), ${p99Ms.toFixed(2)} ms (p99), ${rss >> 20} MiB`,
    );
    assert.equal(failed, 0);
    assert.ok(requests > 2000 * SECONDS, `${perSecond} requests/s`);
    assert.ok(rss < RSS_BYTES_MAX, `${rss >> 20} MiB`);
    assert.equal(await scene.counter("stolen"), CONNECTIONS);
  }));

Deno.test("mirroring loses none of 5 000 requests a second over 32 connections", () =>
  Scene.run(async (scene) => {
    const port = PORT + 1;
    const target = new ScriptedProcess(scene.network.pod, "incoming_http_target.ts", `${port}`);
    await target.read();
    const seen: number[] = [];
    const ends: Promise<void>[] = [];
    const me = await scene.connect("me@here", async (stream: Stream) => {
      const end = Promise.withResolvers<void>();
      ends.push(end.promise);
      let text = "";
      for (let bytes = await stream.receive(); bytes !== null; bytes = await stream.receive()) {
        text = takeRequests(text + new TextDecoder("latin1").decode(bytes), (number) => seen.push(number));
      }
      await stream.end();
      end.resolve();
    });
    await me.mirror(port);
    const { requests, failed, perSecond, p99Ms } = await load(scene.network.outside, port, 5000);
    await Promise.all(ends);
    const rss = await memory(scene);
    console.log(`${perSecond} requests/s, the target's answer within ${p99Ms.toFixed(2)} ms (p99), ${rss >> 20} MiB`);
    assert.equal(failed, 0);
    assert.equal(ends.length, CONNECTIONS);
    seen.sort((a, b) => a - b);
    assert.deepEqual([seen.length, seen[0], seen.at(-1)], [requests, 0, requests - 1]);
    assert.ok(rss < RSS_BYTES_MAX, `${rss >> 20} MiB`);
    await target.kill();
  }));
