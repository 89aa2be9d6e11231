import assert from "node:assert/strict";
import fc from "fast-check";
import { maximumFrameBytes } from "../limits.ts";
import { LinkError } from "./errors.ts";
import { Streams } from "./streams.ts";
import { decodeSync, encodeSync, SyncReader } from "./sync.ts";

const head = { asks: true, highestEpoch: 7, liveEpochs: [5, 7] };

Deno.test("what one side knows arrives at the other, in parts when there is much of it", () => {
  const streams = new Streams("client", () => {});
  const opened = Array.from({ length: 5000 }, () => streams.open(new Uint8Array()));
  const parts = encodeSync(streams.table, head);
  assert.ok(parts.length > 1 && parts.every((part) => part.length <= maximumFrameBytes));
  const reader = new SyncReader();
  const results = parts.map((part, index) => reader.add(part, index === parts.length - 1));
  assert.deepEqual(results.slice(0, -1), results.slice(0, -1).map(() => null));
  const sync = results.at(-1)!;
  assert.deepEqual([sync.asks, sync.highestEpoch, sync.liveEpochs], [true, 7, [5, 7]]);
  assert.deepEqual([sync.nextId, sync.highestSeen, sync.unseen.size], [10_001, 0, 0]);
  assert.deepEqual([...sync.streams.keys()], opened.map((stream) => stream.id));
  assert.deepEqual(sync.streams.get(1), { opened: true, done: false, received: 0, consumed: 0, limit: 65536 });
});

Deno.test("ids that were overtaken are named", () => {
  const streams = new Streams("server", () => {});
  assert.ok(streams.table.see(7));
  const sync = decodeSync(encodeSync(streams.table, head)[0]!);
  assert.deepEqual([sync.highestSeen, [...sync.unseen]], [7, [1, 3, 5]]);
});

Deno.test("any bytes are a synchronisation or refused by a named error", () => {
  const malformed = (error: unknown) => error instanceof LinkError && error.kind === "malformed";
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeSync(bytes);
      } catch (error) {
        assert.ok(malformed(error));
      }
    }),
    { numRuns: 5000 },
  );
  const reader = new SyncReader();
  const endless = () => {
    for (let part = 0; part < 100; part++) reader.add(new Uint8Array(maximumFrameBytes), false);
  };
  assert.throws(endless, malformed);
});
