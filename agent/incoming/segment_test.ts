import assert from "node:assert/strict";
import fc from "fast-check";
import { type PacketFields, tcpPacket } from "../../tests/agent/incoming_packets.ts";
import { parseSegment, type Segment } from "./segment.ts";

function parsed(fields: PacketFields): Segment {
  const packet = tcpPacket(fields);
  const segment = parseSegment(packet, 0, packet.length);
  assert.ok(segment);
  return segment;
}

const text = (segment: Segment) => new TextDecoder().decode(segment.payload);

for (const version of [4, 6] as const) {
  Deno.test(`parseSegment() reads ports, flags, sequence and payload of IPv${version}`, () => {
    const segment = parsed({ version, sequence: 0xfffffff0, flags: "AF", payload: "hello", options: 12 });
    assert.equal(segment.destinationPort, 80);
    assert.equal(segment.sequence, 0xfffffff0);
    assert.deepEqual([segment.opens, segment.ends, segment.resets], [false, true, false]);
    assert.equal(text(segment), "hello");
  });

  Deno.test(`parseSegment() does not take padding for payload in IPv${version}`, () => {
    assert.equal(text(parsed({ version, payload: "x", padding: 5 })), "x");
  });

  Deno.test(`parseSegment() goes by the captured length where IPv${version}'s own field is 0`, () => {
    assert.equal(text(parsed({ version, payload: "large", claimedLength: 0 })), "large");
  });
}

Deno.test("parseSegment() reads both addresses", () => {
  const v4 = parsed({ version: 4 }).endpoints;
  assert.deepEqual(v4.source, { v4: { address: Uint8Array.of(10, 0, 0, 9), port: 40000 } });
  assert.deepEqual(v4.destination, { v4: { address: Uint8Array.of(10, 0, 0, 1), port: 80 } });
  const { destination } = parsed({ version: 6 }).endpoints;
  assert.ok("v6" in destination);
  assert.equal(destination.v6.address[15], 1);
});

Deno.test("Segment.sequence is that of the first payload byte, also in a SYN", () => {
  assert.equal(parsed({ sequence: 0xffffffff, flags: "S" }).sequence, 0);
});

Deno.test("Segment.flow tells connections apart by each address and port", () => {
  const flows = [{}, { sourcePort: 40001 }, { destinationPort: 81 }, { version: 6 as const }].map((fields) =>
    parsed(fields).flow
  );
  assert.equal(new Set(flows).size, 4);
  assert.equal(parsed({ sequence: 5 }).flow, parsed({ sequence: 9 }).flow);
});

Deno.test("parseSegment() finds a packet at any offset of the ring", () => {
  const packet = tcpPacket({ payload: "here" });
  const ring = new Uint8Array(500).fill(0x45);
  ring.set(packet, 123);
  assert.equal(text(parseSegment(ring, 123, packet.length)!), "here");
});

Deno.test("parseSegment() refuses other protocols and later fragments", () => {
  const udp = tcpPacket({});
  udp[9] = 17;
  const fragment = tcpPacket({});
  fragment[7] = 1;
  assert.equal(parseSegment(udp, 0, udp.length), null);
  assert.equal(parseSegment(fragment, 0, fragment.length), null);
});

Deno.test("parseSegment() never reads beyond the captured bytes", () => {
  const bytes = fc.uint8Array({ maxLength: 120 });
  fc.assert(fc.property(bytes, fc.constantFrom(4, 6), (random, version) => {
    const packet = Uint8Array.from(random);
    if (packet.length > 0) packet[0] = (version << 4) | 5;
    if (packet.length > 9) packet[version === 4 ? 9 : 6] = 6;
    const segment = parseSegment(packet, 0, packet.length);
    if (segment) assert.ok(segment.payload.length <= packet.length - 40);
  }));
});
