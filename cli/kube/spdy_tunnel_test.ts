import assert from "node:assert/strict";
import { constants, inflateSync } from "node:zlib";
import fc from "fast-check";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import type { MirrordError } from "../error.ts";
import { controlFrame, FrameType, readFrameHeader, writeDataHeader } from "./spdy_frame.ts";
import { SpdyTunnel } from "./spdy_tunnel.ts";
import { WebSocketChannel } from "./websocket.ts";

const errorStream = 1;
const dataStream = 3;
const empty = new Uint8Array();
const reply = control(FrameType.synReply, dataStream);

function control(type: number, number: number): Uint8Array {
  const body = new Uint8Array(8);
  new DataView(body.buffer).setUint32(0, number);
  return controlFrame(type, body);
}

function data(stream: number, payload: Uint8Array, isLast = false): Uint8Array {
  const frame = new Uint8Array(8 + payload.length);
  writeDataHeader(frame, stream, payload.length);
  if (isLast) frame[4] = 1;
  frame.set(payload, 8);
  return frame;
}

function joined(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** The messages of a server: its bytes, cut into messages of these sizes; and what is sent to it, without WebSocket's headers. */
function server(bytes: Uint8Array, sizes: number[] = [100]): { channel: WebSocketChannel; sent: Uint8Array[] } {
  const frames: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const part = bytes.subarray(at, at + Math.min(sizes[turn % sizes.length]!, 125));
    frames.push(Uint8Array.of(0x82, part.length, ...part));
    at += part.length;
  }
  const sent: Uint8Array[] = [];
  const carrier: Tunnel = {
    read(buffer) {
      const frame = frames.shift();
      if (frame === undefined) return Promise.resolve(null);
      buffer.set(frame);
      return Promise.resolve(frame.length);
    },
    write(bytes) {
      const short = bytes[1]! & 0x7f;
      sent.push(bytes.slice(short < 126 ? 6 : 8));
      return Promise.resolve();
    },
    close() {},
  };
  return { channel: new WebSocketChannel({ carrier, head: empty }), sent };
}

async function readAll(tunnel: SpdyTunnel, bufferBytes: number): Promise<number[]> {
  const buffer = new Uint8Array(bufferBytes);
  const found: number[] = [];
  for (let count = await tunnel.read(buffer); count !== null; count = await tunnel.read(buffer)) {
    found.push(...buffer.subarray(0, count));
  }
  return found;
}

/** Names and values of a header block. */
function headersOf(block: Uint8Array): Record<string, string> {
  const view = new DataView(block.buffer, block.byteOffset);
  const headers: Record<string, string> = {};
  let at = 4;
  const text = () => {
    const length = view.getUint32(at);
    at += 4 + length;
    return new TextDecoder().decode(block.subarray(at - length, at));
  };
  for (let left = view.getUint32(0); left > 0; left--) {
    const name = text();
    headers[name] = text();
  }
  assert.equal(at, block.length);
  return headers;
}

Deno.test("two streams are opened, each header block readable as soon as it has come", async () => {
  const { channel, sent } = server(reply);
  await SpdyTunnel.open(channel, 40_000);
  assert.equal(sent.length, 2);
  const blocks = sent.map((frame) => {
    const { type, length } = readFrameHeader(frame);
    assert.deepEqual([type, length], [FrameType.synStream, frame.length - 8]);
    return frame.subarray(18);
  });
  const ids = sent.map((frame) => new DataView(frame.buffer, frame.byteOffset).getUint32(8));
  assert.deepEqual(ids, [errorStream, dataStream]);
  const upTo = (count: number) =>
    inflateSync(joined(blocks.slice(0, count)), { finishFlush: constants.Z_SYNC_FLUSH }) as Uint8Array;
  const first = upTo(1);
  assert.deepEqual(headersOf(first), { streamtype: "error", port: "40000", requestid: "0" });
  const second = Uint8Array.from(upTo(2).subarray(first.length));
  assert.deepEqual(headersOf(second), { streamtype: "data", port: "40000", requestid: "0" });
});

Deno.test("the data's bytes come whole, however frames and messages are cut, in buffers of any size", async () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  const sizes = fc.array(fc.integer({ min: 1, max: 125 }), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(payloads, sizes, fc.integer({ min: 1, max: 200 }), async (parts, cuts, bufferBytes) => {
      const others = [control(FrameType.synReply, errorStream), control(FrameType.ping, 1), controlFrame(4, empty)];
      const frames = parts.flatMap((part, index) => [data(dataStream, part), others[index % others.length]!]);
      const { channel } = server(joined([reply, ...frames, data(dataStream, empty, true)]), cuts);
      const tunnel = await SpdyTunnel.open(channel, 1);
      assert.deepEqual(await readAll(tunnel, bufferBytes), [...joined(parts)]);
    }),
  );
});

Deno.test("what is written goes out as data, in frames that fill a message", async () => {
  const { channel, sent } = server(reply);
  const tunnel = await SpdyTunnel.open(channel, 1);
  const bytes = new Uint8Array(150_000).map((_, index) => index * 7);
  await tunnel.write(bytes);
  const frames = sent.slice(2);
  for (const frame of frames) {
    assert.deepEqual(readFrameHeader(frame), { type: 0, stream: dataStream, isLast: false, length: frame.length - 8 });
  }
  assert.equal(frames.length, 3);
  assert.deepEqual(joined(frames.map((frame) => frame.subarray(8))), bytes);
});

Deno.test("the kubelet's error is told at the end, whether the stream was reset or ended", async () => {
  const error = data(errorStream, new TextEncoder().encode("connection refused"), true);
  for (const end of [control(FrameType.rstStream, dataStream), control(FrameType.goAway, 0), empty]) {
    const { channel } = server(joined([reply, error, end]));
    const tunnel = await SpdyTunnel.open(channel, 1);
    await assert.rejects(tunnel.read(new Uint8Array(10)), (found: MirrordError) => {
      assert.equal(found.cause, "connection refused");
      return true;
    });
  }
});

Deno.test("a ping of the server is answered with its number", async () => {
  const { channel, sent } = server(joined([reply, control(FrameType.ping, 8), data(dataStream, empty, true)]));
  const tunnel = await SpdyTunnel.open(channel, 1);
  assert.equal(await tunnel.read(new Uint8Array(1)), null);
  assert.deepEqual(sent.at(-1), controlFrame(FrameType.ping, Uint8Array.of(0, 0, 0, 8)));
});

Deno.test("hostile bytes end the tunnel; no more comes out than went in", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
    const { channel } = server(joined([reply, bytes]), [7]);
    const tunnel = await SpdyTunnel.open(channel, 1);
    const found = await readAll(tunnel, 16).catch(() => []);
    assert.ok(found.length <= bytes.length);
  }));
});
