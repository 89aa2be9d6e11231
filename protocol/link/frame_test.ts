import assert from "node:assert/strict";
import fc from "fast-check";
import { maximumFrameBytes, maximumReasonBytes } from "../limits.ts";
import { LinkError } from "./errors.ts";
import { flagLast, flagLossy, Frame, frameHeaderBytes, frameSize, FrameType, readFrame } from "./frame.ts";
import { FrameWriter } from "./frame_writer.ts";

/** Everything that was written, as plain values. */
function parse(bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frame = new Frame();
  const frames: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = frameSize(view, at, bytes.length);
    assert.ok(size > 0 && at + size <= bytes.length);
    readFrame(bytes, view, at, size, frame);
    frames.push({ ...frame, tail: [...frame.tail] });
    at += size;
  }
  return frames;
}

function written(write: (writer: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter(16);
  write(writer);
  return writer.gathered;
}

function fill(writer: FrameWriter, at: number, bytes: number[]): void {
  writer.bytes.set(bytes, at);
}

const highest = 2 ** 53 - 1;

Deno.test("every frame is read as it was written", () => {
  const [parsed] = [parse(written((writer) => {
    writer.open(1, 65536, 128, flagLossy, new Uint8Array([1, 2]));
    fill(writer, writer.data(highest, highest, 3, flagLast), [7, 8, 9]);
    writer.ack(3, 4, 5, flagLast);
    writer.blocked(6, 7);
    writer.reset(8, 0xffff_ffff, "why");
    writer.resetDone(9);
    writer.message(10, 11, new Uint8Array([12]));
    writer.number(FrameType.ping, 13);
    writer.number(FrameType.pong, 14);
    writer.carried(15, 16);
    writer.sync(new Uint8Array([17]), flagLast);
    writer.end("done");
    writer.endDone();
  }))] as [Record<string, unknown>[]];
  const types = Object.values(FrameType);
  assert.deepEqual(parsed.map((frame) => frame.type), types);
  const pick = (index: number, ...keys: string[]) => keys.map((key) => parsed[index]![key]);
  assert.deepEqual(pick(0, "id", "first", "second", "flags", "tail"), [1, 65536, 128, flagLossy, [1, 2]]);
  assert.deepEqual(pick(1, "id", "first", "flags", "tail"), [highest, highest, flagLast, [7, 8, 9]]);
  assert.deepEqual(pick(2, "id", "first", "second", "flags"), [3, 4, 5, flagLast]);
  assert.deepEqual(pick(3, "id", "first"), [6, 7]);
  assert.deepEqual(pick(4, "id", "first", "tail"), [8, 0xffff_ffff, [..."why"].map((c) => c.charCodeAt(0))]);
  assert.deepEqual(pick(5, "id"), [9]);
  assert.deepEqual(pick(6, "id", "first", "tail"), [10, 11, [12]]);
  assert.deepEqual([pick(7, "first"), pick(8, "first"), pick(9, "first", "second")], [[13], [14], [15, 16]]);
  assert.deepEqual(pick(10, "flags", "tail"), [flagLast, [17]]);
});

Deno.test("a writer grows for whatever comes first", () => {
  const large = new Uint8Array(5000).fill(9);
  const writes: ((writer: FrameWriter) => void)[] = [
    (writer) => writer.open(1, 0, 0, 0, large),
    (writer) => fill(writer, writer.data(1, 0, 5000, 0), [...large]),
    (writer) => writer.message(1, 0, large),
    (writer) => writer.sync(large, 0),
    (writer) => writer.reset(1, 0, "9".repeat(1000)),
    (writer) => writer.end("9".repeat(1000)),
  ];
  for (const write of writes) {
    const [{ tail }] = parse(written(write)) as [{ tail: number[] }];
    assert.ok(tail.length >= 1000 && tail.every((byte) => byte === tail[0] && byte !== 0));
  }
});

Deno.test("the bytes of a data frame are these", () => {
  const bytes = written((writer) => fill(writer, writer.data(0x1_0000_0002, 3, 1, flagLast), [0xaa]));
  const expected = [2, 1, 0, 0, 17, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0xaa];
  assert.deepEqual([...bytes], expected);
});

Deno.test("a frame that is not whole yet has no size", () => {
  const bytes = written((writer) => writer.ack(1, 2, 3, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let end = 0; end < frameHeaderBytes; end++) assert.equal(frameSize(view, 0, end), 0);
  assert.equal(frameSize(view, 0, frameHeaderBytes), bytes.length);
});

Deno.test("a long reason is cut off between characters", () => {
  const [frame] = parse(written((writer) => writer.reset(1, 2, "ü".repeat(5000)))) as [{ tail: number[] }];
  assert.equal(frame.tail.length, maximumReasonBytes);
  assert.equal(new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(frame.tail)), "ü".repeat(512));
});

Deno.test("what is no frame is refused by its first bytes", () => {
  const head = (type: number, flags: number, zero: number, length: number) => {
    const view = new DataView(new ArrayBuffer(frameHeaderBytes));
    view.setUint8(0, type);
    view.setUint8(1, flags);
    view.setUint16(2, zero, true);
    view.setUint32(4, length, true);
    return view;
  };
  const wrong: [number, number, number, number][] = [
    [0, 0, 0, 0],
    [14, 0, 0, 0],
    [255, 0, 0, 0],
    [FrameType.ping, 1, 0, 8],
    [FrameType.ping, 0, 1, 8],
    [FrameType.ping, 0, 0, 9],
    [FrameType.data, 4, 0, 16],
    [FrameType.data, 0, 0, 15],
    [FrameType.data, 0, 0, maximumFrameBytes + 1],
    [FrameType.endDone, 0, 0, 1],
  ];
  for (const [type, flags, zero, length] of wrong) {
    const malformed = (error: unknown) => error instanceof LinkError && error.kind === "malformed";
    assert.throws(() => frameSize(head(type, flags, zero, length), 0, frameHeaderBytes), malformed);
  }
});

Deno.test("any bytes are read as frames or refused by a named error", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.integer({ min: 1, max: 13 }), fc.uint8Array({ maxLength: 60 })).map(([type, body]) => {
      const bytes = new Uint8Array(frameHeaderBytes + body.length);
      bytes[0] = type;
      bytes[4] = body.length;
      bytes.set(body, frameHeaderBytes);
      return bytes;
    }),
  );
  const frame = new Frame();
  let whole = 0;
  fc.assert(
    fc.property(anything, (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      try {
        for (let at = 0; at < bytes.length;) {
          const size = frameSize(view, at, bytes.length);
          if (size === 0 || at + size > bytes.length) break;
          readFrame(bytes, view, at, size, frame);
          assert.ok(Number.isSafeInteger(frame.first) && Number.isSafeInteger(frame.second));
          assert.ok(frame.tail.length <= size);
          whole++;
          at += size;
        }
      } catch (error) {
        assert.ok(error instanceof LinkError && error.kind === "malformed");
      }
    }),
    { numRuns: 5000 },
  );
  assert.ok(whole > 100, "some of it was well-formed");
});
