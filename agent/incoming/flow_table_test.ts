import assert from "node:assert/strict";
import { type PacketFields, tcpPacket } from "../../tests/agent/incoming_packets.ts";
import { IncomingCounters } from "./counters.ts";
import { type FlowSink, FlowTable } from "./flow_table.ts";
import { parseSegment } from "./segment.ts";

class RecordedSink implements FlowSink {
  text = "";
  state = "open";
  isClosed = false;
  isFull = false;

  send(bytes: Uint8Array): boolean {
    if (this.isFull) return false;
    this.text += new TextDecoder().decode(bytes);
    return true;
  }
  end(): void {
    this.state = "ended";
  }
  reset(): void {
    this.state = "reset";
  }
}

class Recorded {
  readonly counters = new IncomingCounters();
  readonly sinks: RecordedSink[] = [];
  readonly table: FlowTable;
  isAlive = true;

  constructor(flowsMax?: number) {
    const open = () => {
      this.sinks.push(new RecordedSink());
      return this.sinks.at(-1)!;
    };
    this.table = new FlowTable({ open, isAlive: () => this.isAlive, counters: this.counters, flowsMax });
  }

  accept(fields: PacketFields, nowMs = 0): this {
    const packet = tcpPacket(fields);
    this.table.accept(parseSegment(packet, 0, packet.length)!, nowMs);
    return this;
  }

  get texts(): string[] {
    return this.sinks.map(({ text, state }) => `${state}: ${text}`);
  }
}

const REQUEST = "GET / HTTP/1.1\r\n\r\n";

Deno.test("FlowTable mirrors a connection from its SYN to its FIN", () => {
  const recorded = new Recorded().accept({ flags: "S", sequence: 99 });
  assert.equal(recorded.sinks.length, 0, "nothing before the handshake is complete");
  recorded.accept({ sequence: 100 }).accept({ sequence: 100, payload: "raw" }).accept({ sequence: 103, flags: "FA" });
  assert.deepEqual(recorded.texts, ["ended: raw"]);
  assert.equal(recorded.counters.flows, 1);
});

Deno.test("FlowTable opens no flow that the target refused", () => {
  const recorded = new Recorded().accept({ flags: "S", sequence: 99 }).accept({ flags: "R", sequence: 100 });
  assert.equal(recorded.sinks.length, 0);
  assert.equal(recorded.table.size, 0);
});

Deno.test("FlowTable joins a running connection at a request, and nowhere else", () => {
  const recorded = new Recorded().accept({ sequence: 50, payload: "middle of a body" });
  assert.equal(recorded.sinks.length, 0);
  recorded.accept({ sequence: 70, payload: REQUEST }).accept({ sequence: 70 + REQUEST.length, payload: REQUEST });
  assert.deepEqual(recorded.texts, [`open: ${REQUEST}${REQUEST}`]);
});

Deno.test("FlowTable does not take repetitions of an ended flow for a new one", () => {
  const recorded = new Recorded()
    .accept({ flags: "S", sequence: 99 })
    .accept({ flags: "FA", sequence: 100, payload: REQUEST })
    .accept({ flags: "FA", sequence: 100, payload: REQUEST })
    .accept({ flags: "S", sequence: 99 });
  assert.deepEqual(recorded.texts, [`ended: ${REQUEST}`]);
});

Deno.test("FlowTable takes a new connection from the same port for what it is", () => {
  const recorded = new Recorded()
    .accept({ flags: "S", sequence: 99 })
    .accept({ sequence: 100, payload: "one" })
    .accept({ flags: "S", sequence: 5000 })
    .accept({ sequence: 5001, payload: "two" });
  assert.deepEqual(recorded.texts, ["reset: one", "open: two"]);
});

Deno.test("FlowTable forgets ended flows after a while", () => {
  const recorded = new Recorded().accept({ flags: "S", sequence: 99 }).accept({ flags: "FA", sequence: 100 });
  recorded.table.sweep(4000);
  assert.equal(recorded.table.size, 1);
  recorded.table.sweep(6000);
  assert.equal(recorded.table.size, 0);
});

Deno.test("FlowTable counts a flow that is too fast for its sink and joins it again at a request", () => {
  const recorded = new Recorded().accept({ flags: "S", sequence: 99 }).accept({ sequence: 100, payload: "one" });
  recorded.sinks[0].isFull = true;
  recorded.accept({ sequence: 103, payload: "lost" });
  assert.deepEqual(recorded.texts, ["reset: one"]);
  assert.equal(recorded.counters.flowsTooFast, 1);
  recorded.accept({ sequence: 107, payload: "body" }).accept({ sequence: 111, payload: REQUEST });
  assert.deepEqual(recorded.texts, ["reset: one", `open: ${REQUEST}`]);
});

Deno.test("FlowTable counts a flow with a gap and joins it again at a request", () => {
  const recorded = new Recorded().accept({ flags: "S", sequence: 99 }).accept({ sequence: 100, payload: "one" });
  recorded.accept({ sequence: 200, payload: "behind the gap" }, 0);
  recorded.table.sweep(10_000);
  assert.equal(recorded.counters.flowsWithGaps, 1);
  recorded.accept({ sequence: 300, payload: REQUEST }, 10_001);
  assert.deepEqual(recorded.texts, ["reset: one", `open: ${REQUEST}`]);
});

Deno.test("FlowTable is bounded: the flow silent for longest makes room", () => {
  const recorded = new Recorded(2);
  for (const sourcePort of [1, 2]) recorded.accept({ sourcePort, payload: REQUEST });
  recorded.accept({ sourcePort: 1, sequence: REQUEST.length, payload: "!" });
  recorded.accept({ sourcePort: 3, payload: REQUEST });
  assert.equal(recorded.table.size, 2);
  assert.deepEqual(recorded.sinks.map(({ state }) => state), ["open", "reset", "open"]);
});

Deno.test("FlowTable ends a silent flow whose connection is gone, and no other", () => {
  const recorded = new Recorded().accept({ flags: "S", sequence: 99 }).accept({ sequence: 100, payload: "one" });
  recorded.table.sweep(31_000);
  recorded.isAlive = false;
  recorded.table.sweep(60_000);
  assert.deepEqual(recorded.texts, ["open: one"], "looked for only after silence");
  recorded.table.sweep(62_000);
  assert.deepEqual(recorded.texts, ["ended: one"]);
  assert.equal(recorded.table.size, 0);
});
