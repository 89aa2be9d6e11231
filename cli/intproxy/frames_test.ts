import assert from "node:assert/strict";
import { type ByteCarrier, FrameError, FrameReader, writeFrame } from "./frames.ts";

/** A carrier that reads `bytes` in pieces of `size`, and keeps what is written. */
function carrier(bytes: Uint8Array, size = Infinity): ByteCarrier & { written: number[] } {
  let offset = 0;
  const written: number[] = [];
  return {
    written,
    read(buffer) {
      if (offset === bytes.length) return Promise.resolve(null);
      const count = Math.min(size, buffer.length, bytes.length - offset);
      buffer.set(bytes.subarray(offset, offset + count));
      offset += count;
      return Promise.resolve(count);
    },
    write(piece) {
      const count = Math.min(size, piece.length);
      written.push(...piece.subarray(0, count));
      return Promise.resolve(count);
    },
  };
}

async function framed(...bodies: Uint8Array[]): Promise<Uint8Array> {
  const sink = carrier(new Uint8Array(0));
  for (const body of bodies) await writeFrame(sink, body);
  return new Uint8Array(sink.written);
}

Deno.test("frames of all sizes come out as they went in, however the bytes are cut", async () => {
  const sizes = [0, 1, 5000, 3, 100_000, 0, 4096];
  const bodies = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
  const bytes = await framed(...bodies);
  for (const size of [1, 7, 4096, Infinity]) {
    const reader = new FrameReader(carrier(bytes, size));
    for (const body of bodies) assert.deepEqual((await reader.next())!.slice(), body);
    assert.equal(await reader.next(), null);
  }
});

Deno.test("writeFrame() writes everything through a carrier that takes little", async () => {
  const body = new Uint8Array(70_000).fill(7);
  const sink = carrier(new Uint8Array(0), 1000);
  await writeFrame(sink, body);
  assert.deepEqual(new Uint8Array(sink.written), await framed(body));
});

Deno.test("frames that are too long or cut off are errors", async () => {
  const tooLong = new Uint8Array([1, 0, 64, 0]);
  await assert.rejects(new FrameReader(carrier(tooLong)).next(), FrameError);
  const whole = await framed(new Uint8Array(10));
  for (const length of [2, 4, 9]) {
    await assert.rejects(new FrameReader(carrier(whole.subarray(0, length))).next(), FrameError);
  }
});
