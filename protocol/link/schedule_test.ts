import assert from "node:assert/strict";
import { chunkBytes, initialFlowBytes, quantumBytes } from "../limits.ts";
import { Flow } from "./flow.ts";
import { Frame, frameSize, FrameType, readFrame } from "./frame.ts";
import { FrameWriter } from "./frame_writer.ts";
import { VirtualClock } from "./simulation/virtual_clock.ts";
import { Streams } from "./streams.ts";

/** The frames that would be sent next, as [type, stream, bytes]. */
function next(streams: Streams, flow: Flow): [number, number, number][] {
  const writer = new FrameWriter(1024);
  streams.fill(writer, flow);
  flow.sent(writer.length);
  const { gathered: bytes } = writer;
  const view = new DataView(bytes.buffer);
  const frame = new Frame();
  const frames: [number, number, number][] = [];
  for (let at = 0; at < bytes.length;) {
    const size = frameSize(view, at, bytes.length);
    readFrame(bytes, view, at, size, frame);
    frames.push([frame.type, frame.id, frame.tail.length]);
    at += size;
  }
  return frames;
}

const empty = new Uint8Array();
const isData = ([type]: [number, number, number]) => type === FrameType.data;

Deno.test("bulk streams take turns, and a small one goes before them", () => {
  const streams = new Streams("client", () => {});
  const flow = new Flow(new VirtualClock());
  const bulk = [streams.open(empty), streams.open(empty)];
  for (const stream of bulk) stream.write(new Uint8Array(60_000)).catch(() => {});
  const first = next(streams, flow).filter(isData);
  assert.deepEqual(first.map(([, id]) => id).slice(0, 2), bulk.map((stream) => stream.id));
  assert.ok(first.every(([, , bytes]) => bytes <= chunkBytes));
  assert.ok(first.slice(0, 2).every(([, , bytes]) => bytes === quantumBytes));
  const small = streams.open(new Uint8Array([1]));
  small.write(new Uint8Array(10)).catch(() => {});
  const [open, data] = next(streams, flow);
  assert.deepEqual(open, [FrameType.open, small.id, 1]);
  assert.deepEqual(data, [FrameType.data, small.id, 10]);
});

Deno.test("no more than the flow allows is under way, but small streams go a little beyond", () => {
  const streams = new Streams("client", () => {});
  const flow = new Flow(new VirtualClock());
  for (let i = 0; i < 4; i++) streams.open(empty).write(new Uint8Array(65_536)).catch(() => {});
  let sent = 0;
  for (let batch = next(streams, flow); batch.length > 0; batch = next(streams, flow)) {
    for (const [, , bytes] of batch) sent += bytes;
  }
  assert.ok(sent > initialFlowBytes / 2 && sent < initialFlowBytes + chunkBytes, `${sent} bytes`);
  const small = streams.open(empty);
  small.write(new Uint8Array(10)).catch(() => {});
  assert.deepEqual(next(streams, flow).map(([type]) => type), [FrameType.open, FrameType.data]);
});
