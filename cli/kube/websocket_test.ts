import assert from "node:assert/strict";
import fc from "fast-check";
import type { Tunnel } from "../../protocol/link/tunnel.ts";
import { frameBytesMax, WebSocketChannel } from "./websocket.ts";

/** A carrier that brings `input` in pieces of these sizes, and keeps what is written. */
function carrier(input: Uint8Array, sizes: number[] = []): Tunnel & { written: Uint8Array[] } {
  let offset = 0;
  let turn = 0;
  const written: Uint8Array[] = [];
  return {
    written,
    read(buffer) {
      if (offset === input.length) return Promise.resolve(null);
      const size = sizes.length > 0 ? sizes[turn++ % sizes.length]! : input.length;
      const piece = input.subarray(offset, offset + Math.min(size, buffer.length));
      buffer.set(piece);
      offset += piece.length;
      return Promise.resolve(piece.length);
    },
    write(bytes) {
      written.push(bytes.slice());
      return Promise.resolve();
    },
    close() {},
  };
}

/** A frame as a server sends it: unmasked. */
function frame(opcode: number, payload: Uint8Array, final = true): Uint8Array {
  const flags = (final ? 0x80 : 0) | opcode;
  const { length } = payload;
  if (length < 126) return Uint8Array.from([flags, length, ...payload]);
  const header = new Uint8Array(length < 65536 ? 4 : 10);
  header[0] = flags;
  header[1] = length < 65536 ? 126 : 127;
  const view = new DataView(header.buffer);
  if (length < 65536) view.setUint16(2, length);
  else view.setBigUint64(2, BigInt(length));
  return joined([header, payload]);
}

function joined(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

async function messages(channel: WebSocketChannel): Promise<number[][]> {
  const found: number[][] = [];
  for (let part = await channel.read(); part !== null; part = await channel.read()) {
    if (part.starts) found.push([]);
    found.at(-1)!.push(...part.bytes);
  }
  return found;
}

const empty = new Uint8Array();

Deno.test("messages arrive whole and in order, however they are cut on the way", async () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 400 });
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { maxLength: 8 }), sizes, fc.nat(500), async (sent, cuts, ahead) => {
      const bytes = joined(sent.map((message) => frame(2, message)));
      const head = bytes.slice(0, ahead);
      const channel = new WebSocketChannel({ carrier: carrier(bytes.slice(head.length), cuts), head });
      assert.deepEqual(await messages(channel), sent.map((message) => [...message]));
    }),
  );
});

Deno.test("a message in several frames is one, and lengths of every size are read", async () => {
  const large = new Uint8Array(70_000).fill(7);
  const bytes = joined([
    frame(2, Uint8Array.of(1, 2), false),
    frame(0, Uint8Array.of(3)),
    frame(2, empty, false),
    frame(0, Uint8Array.of(4)),
    frame(2, new Uint8Array(126).fill(5)),
    frame(2, large),
  ]);
  const found = await messages(new WebSocketChannel({ carrier: carrier(bytes), head: empty }));
  assert.deepEqual(found.map((message) => message.length), [3, 1, 126, 70_000]);
  assert.deepEqual(found[3], [...large]);
});

Deno.test("a ping is answered, a pong ignored, and a close ends", async () => {
  const bytes = joined([
    frame(9, Uint8Array.of(4, 2)),
    frame(10, empty),
    frame(2, Uint8Array.of(1)),
    frame(8, empty),
    frame(2, Uint8Array.of(9)),
  ]);
  const line = carrier(bytes);
  const channel = new WebSocketChannel({ carrier: line, head: empty });
  assert.deepEqual(await messages(channel), [[1]]);
  assert.deepEqual(line.written.map((sent) => [...sent]), [[0x8a, 0x82, 0, 0, 0, 0, 4, 2]]);
});

Deno.test("what is sent is one masked frame, at every length's limit", async () => {
  for (const length of [1, 124, 125, 126, frameBytesMax - 1]) {
    const line = carrier(empty);
    await new WebSocketChannel({ carrier: line, head: empty }).send(Uint8Array.of(7), new Uint8Array(length).fill(3));
    const [sent] = line.written;
    const total = length + 1;
    const header = total < 126 ? 2 : total < 65_536 ? 4 : 10;
    assert.equal(sent![0], 0x82);
    assert.equal(sent![1]! & 0x80, 0x80, "masked");
    assert.equal(sent!.length, header + 4 + total);
    assert.equal(sent![header + 4], 7, "the prefix comes first");
    assert.equal(sent!.at(-1), 3);
  }
});

Deno.test("hostile bytes are read or end the channel; nothing is thrown, and no more comes out than went in", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
    const channel = new WebSocketChannel({ carrier: carrier(bytes, [7]), head: empty });
    let count = 0;
    for (let part = await channel.read(); part !== null; part = await channel.read()) count += part.bytes.length;
    assert.ok(count <= bytes.length);
  }));
});
