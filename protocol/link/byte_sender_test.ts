import assert from "node:assert/strict";
import { chunkBytes, maximumWindowBytes, unsentBytes } from "../limits.ts";
import { ByteSender } from "./byte_sender.ts";
import { FrameWriter } from "./frame_writer.ts";

Deno.test("no more is taken than can be sent soon, however large the window is", async () => {
  let held = 0;
  const sender = new ByteSender({ id: 1, sendable() {}, held: () => held++ }, maximumWindowBytes);
  assert.equal(sender.tryWrite(new Uint8Array(2 * unsentBytes)), unsentBytes);
  assert.equal(sender.tryWrite(new Uint8Array(1)), 0);
  let isTaken = false;
  const writing = sender.write(new Uint8Array(chunkBytes)).then(() => isTaken = true);
  await Promise.resolve();
  assert.equal(isTaken, false);
  assert.equal(sender.emit(new FrameWriter(1024), chunkBytes), chunkBytes);
  await writing;
  assert.equal(held, 0, "the peer's window held nobody up");
});

Deno.test("the peer is told once the window is what writers wait for", () => {
  let held = 0;
  const sender = new ByteSender({ id: 1, sendable() {}, held: () => held++ }, 100);
  sender.write(new Uint8Array(101)).catch(() => {});
  assert.deepEqual([held, sender.isHeld], [1, true]);
  sender.acknowledge(50, 150, false);
  assert.deepEqual([held, sender.isHeld], [1, false]);
});
