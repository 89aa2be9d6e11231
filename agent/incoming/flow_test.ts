import assert from "node:assert/strict";
import fc from "fast-check";
import { type PacketFields, tcpPacket } from "../../tests/agent/incoming_packets.ts";
import { Flow } from "./flow.ts";
import { parseSegment } from "./segment.ts";

/** A flow and what came out of it. */
class Recorded {
  text = "";
  events: string[] = [];
  readonly flow: Flow;

  constructor(first: number) {
    this.flow = new Flow(first, {
      data: (bytes) => this.text += new TextDecoder("latin1").decode(bytes),
      end: () => this.events.push("end"),
      gap: () => this.events.push("gap"),
    });
  }

  accept(fields: PacketFields, nowMs = 0): this {
    const packet = tcpPacket(fields);
    this.flow.accept(parseSegment(packet, 0, packet.length)!, nowMs);
    return this;
  }
}

Deno.test("Flow puts segments in order", () => {
  const recorded = new Recorded(100)
    .accept({ sequence: 103, payload: "def" })
    .accept({ sequence: 109, payload: "jkl" })
    .accept({ sequence: 100, payload: "abc" })
    .accept({ sequence: 106, payload: "ghi" });
  assert.equal(recorded.text, "abcdefghijkl");
});

Deno.test("Flow drops what was sent again, and takes the new part of an overlap", () => {
  const recorded = new Recorded(100)
    .accept({ sequence: 100, payload: "abc" })
    .accept({ sequence: 100, payload: "abc" })
    .accept({ sequence: 99, payload: "x" })
    .accept({ sequence: 101, payload: "bcde" });
  assert.equal(recorded.text, "abcde");
});

Deno.test("Flow goes on over the end of the sequence numbers", () => {
  const recorded = new Recorded(0xfffffffe)
    .accept({ sequence: 1, payload: "def" })
    .accept({ sequence: 0xfffffffe, payload: "abc" });
  assert.equal(recorded.text, "abcdef");
});

Deno.test("Flow ends at the FIN's place, even when the FIN overtakes", () => {
  const recorded = new Recorded(0).accept({ sequence: 3, flags: "FA" });
  assert.deepEqual(recorded.events, []);
  recorded.accept({ sequence: 0, payload: "abc" });
  assert.deepEqual([recorded.text, recorded.events], ["abc", ["end"]]);
  assert.equal(recorded.flow.isOver, true);
  assert.equal(recorded.accept({ sequence: 3, payload: "more" }).text, "abc");
});

Deno.test("Flow takes payload and FIN of one segment", () => {
  const recorded = new Recorded(7).accept({ sequence: 7, payload: "bye", flags: "FA" });
  assert.deepEqual([recorded.text, recorded.events], ["bye", ["end"]]);
});

Deno.test("Flow ends at a reset, unless something before it is missing", () => {
  assert.deepEqual(new Recorded(0).accept({ payload: "abc" }).accept({ flags: "R" }).events, ["end"]);
  assert.deepEqual(new Recorded(0).accept({ sequence: 5, payload: "abc" }).accept({ flags: "R" }).events, ["gap"]);
});

Deno.test("Flow gives up on a gap after its time", () => {
  const recorded = new Recorded(0).accept({ sequence: 10, payload: "late" }, 1000);
  recorded.flow.checkGap(2499);
  assert.deepEqual(recorded.events, []);
  recorded.flow.checkGap(2501);
  assert.deepEqual([recorded.text, recorded.events], ["", ["gap"]]);
});

Deno.test("Flow gives up on a gap when too much waits behind it", () => {
  const recorded = new Recorded(0);
  const payload = new Uint8Array(60_000);
  for (let part = 0; part < 20; part++) recorded.accept({ sequence: 1 + part * payload.length, payload });
  assert.deepEqual(recorded.events, ["gap"]);
});

Deno.test("Flow gives the sent bytes, whatever the order, the cuts and the repetitions", () => {
  const sent = Array.from({ length: 200 }, (_, index) => String.fromCharCode(33 + index % 90)).join("");
  const piece = fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 60 }));
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(0xffffffff), (pieces, first) => {
    const recorded = new Recorded(first);
    // Every byte is sent at least once, in the end.
    const all = [...pieces, ...Array.from({ length: 20 }, (_, index): [number, number] => [index * 10, 10])];
    for (const [start, length] of all) {
      recorded.accept({ sequence: (first + start) >>> 0, payload: sent.slice(start, start + length) });
    }
    assert.equal(recorded.text, sent);
  }));
});
