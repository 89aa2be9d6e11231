import assert from "node:assert/strict";
import { bytes, DecodeError, struct, text, u32 } from "../schema.ts";
import { maximumReplyBytes } from "../limits.ts";
import { LinkError } from "./errors.ts";
import { readMessage, writeMessage } from "./message.ts";
import { connectPair } from "./testing.ts";

const Greeting = struct({ words: text, number: u32, tail: bytes });

Deno.test("a message arrives, and the bytes behind it stay readable", async () => {
  const { client, server, end } = await connectPair();
  server.onStream = async (stream) => {
    await writeMessage(stream, Greeting, { words: "hello", number: 7, tail: new Uint8Array(100_000).fill(3) });
    await stream.write(new Uint8Array([1, 2, 3]));
    await writeMessage(stream, Greeting, { words: "again", number: 8, tail: new Uint8Array() });
    await stream.end();
  };
  const stream = client.open(new Uint8Array());
  const first = await readMessage(stream, Greeting);
  assert.deepEqual([first.words, first.number, first.tail.length], ["hello", 7, 100_000]);
  let raw = new Uint8Array();
  while (raw.length < 3) {
    const piece = (await stream.read())!;
    raw = new Uint8Array([...raw, ...piece.subarray(0, 3 - raw.length)]);
    stream.unread(piece.subarray(3));
  }
  assert.deepEqual([...raw], [1, 2, 3]);
  assert.equal((await readMessage(stream, Greeting)).words, "again");
  assert.equal(await stream.read(), null);
  await end();
});

Deno.test("a message that is cut off, too long or no such message is refused by a named error", async () => {
  const { client, server, end } = await connectPair();
  const answers: Uint8Array[] = [
    new Uint8Array([9, 0, 0, 0, 1]),
    new Uint8Array(new Uint32Array([maximumReplyBytes + 1]).buffer),
    new Uint8Array([4, 0, 0, 0, 255, 255, 255, 255]),
  ];
  server.onStream = async (stream) => {
    await stream.write(answers[stream.header[0]!]!);
    await stream.end();
  };
  const read = (index: number) => readMessage(client.open(new Uint8Array([index])), Greeting);
  await assert.rejects(read(0), (error) => error instanceof LinkError && error.kind === "malformed");
  await assert.rejects(read(1), (error) => error instanceof LinkError && error.kind === "limit");
  await assert.rejects(read(2), (error) => error instanceof DecodeError);
  await end();
});
