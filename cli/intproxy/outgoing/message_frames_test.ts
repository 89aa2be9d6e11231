import assert from "node:assert/strict";
import { messageFrame, MessageFrames } from "./message_frames.ts";

Deno.test("messages come whole, however the stream is cut", () => {
  const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(65_535).fill(7)];
  const stream = Uint8Array.from(messages.flatMap((message) => [...messageFrame(message)]));
  for (const pieceBytes of [1, 2, 5, 40_000, stream.length]) {
    const frames = new MessageFrames();
    const got: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += pieceBytes) {
      frames.add(stream.subarray(at, at + pieceBytes));
      for (let message; (message = frames.next()) !== null;) got.push(message);
      if (pieceBytes === 1 && at > 4000) break;
    }
    assert.deepEqual(got, pieceBytes === 1 ? messages.slice(0, 2) : messages);
  }
});
