import assert from "node:assert/strict";
import {
  flowReportBytes,
  flowReportLatestBytes,
  flowReportMs,
  initialFlowBytes,
  maximumFlowBytes,
  minimumFlowBytes,
} from "../limits.ts";
import { Flow } from "./flow.ts";
import { FrameWriter } from "./frame_writer.ts";
import { VirtualClock } from "./simulation/virtual_clock.ts";

interface Line {
  delayMs: number;
  bytesPerMs: number;
}

/** One end of a flow that sends as much as it may. */
class BusySender {
  readonly clock = new VirtualClock();
  readonly flow = new Flow(this.clock);
  #sent = 0;
  #arrived = 0;
  #busyMs = 0;
  #longestMs = 0;
  #endMs = 0;

  /** Sends over `line` for `durationMs`; returns the longest wait in the line's queue in the second half, and the rate. */
  async send(line: Line, durationMs: number): Promise<{ longestMs: number; bytesPerMs: number }> {
    const before = this.#arrived;
    this.#endMs = this.clock.now() + durationMs;
    this.#longestMs = 0;
    this.clock.setTimer(durationMs / 2, () => this.#longestMs = 0);
    this.clock.setTimer(durationMs, () => {});
    this.#fill(line);
    await this.clock.run(() => this.clock.now() >= this.#endMs && this.#arrived === this.#sent, this.#endMs + 10_000);
    return { longestMs: this.#longestMs, bytesPerMs: (this.#arrived - before) / durationMs };
  }

  #fill(line: Line): void {
    while (this.clock.now() < this.#endMs && this.flow.room(false) > 0) {
      const bytes = Math.min(this.flow.room(false), 16_384);
      this.flow.sent(bytes);
      const count = this.#sent += bytes;
      this.#busyMs = Math.max(this.#busyMs, this.clock.now()) + bytes / line.bytesPerMs;
      this.#longestMs = Math.max(this.#longestMs, this.#busyMs - this.clock.now());
      this.clock.at(this.#busyMs + 2 * line.delayMs, () => {
        this.#arrived = Math.max(this.#arrived, count);
        this.flow.report(count, 0);
        this.#fill(line);
      });
    }
    this.flow.limited();
  }
}

Deno.test("the window fills a long and wide line", async () => {
  const line = { delayMs: 10, bytesPerMs: 25_000 };
  const sender = new BusySender();
  await sender.send(line, 1000);
  const { bytesPerMs, longestMs } = await sender.send(line, 2000);
  assert.ok(bytesPerMs > 0.9 * line.bytesPerMs, `${bytesPerMs} bytes/ms`);
  assert.ok(longestMs < 25, `${longestMs} ms of queue`);
});

Deno.test("a slow line is not filled with seconds of data", async () => {
  const line = { delayMs: 10, bytesPerMs: 1250 };
  const sender = new BusySender();
  await sender.send(line, 2000);
  const { bytesPerMs, longestMs } = await sender.send(line, 4000);
  assert.ok(bytesPerMs > 0.9 * line.bytesPerMs, `${bytesPerMs} bytes/ms`);
  assert.ok(longestMs < 60, `${longestMs} ms of queue`);
});

Deno.test("a line that has become longer is filled again soon", async () => {
  const line = { delayMs: 2, bytesPerMs: 10_000 };
  const sender = new BusySender();
  await sender.send(line, 1000);
  const longer = { ...line, delayMs: 40 };
  await sender.send(longer, 3000);
  const { bytesPerMs } = await sender.send(longer, 2000);
  assert.ok(bytesPerMs > 0.8 * line.bytesPerMs, `${bytesPerMs} bytes/ms`);
});

Deno.test("the window keeps its bounds whatever is reported", () => {
  const clock = new VirtualClock();
  const flow = new Flow(clock);
  assert.equal(flow.window, initialFlowBytes);
  for (let round = 0; round < 200; round++) {
    const before = flow.window;
    flow.sent(before);
    flow.limited();
    flow.report(round % 7 === 0 ? 2 ** 52 : 0, 2 ** 32);
    assert.ok(flow.window >= minimumFlowBytes && flow.window <= maximumFlowBytes);
  }
});

Deno.test("what was read is reported once, and not all the time", async () => {
  const clock = new VirtualClock();
  const flow = new Flow(clock);
  const writer = new FrameWriter(64);
  flow.fillReport(writer);
  assert.equal(writer.length, 0);
  flow.received(100, 0);
  assert.equal(flow.reportDue, false);
  flow.received(flowReportBytes, 0);
  assert.equal(flow.reportDue, true);
  flow.fillReport(writer);
  const { length } = writer;
  assert.ok(length > 0);
  flow.fillReport(writer);
  assert.equal(writer.length, length);
  assert.equal(flow.reportDue, false);
  flow.received(flowReportBytes, 0);
  assert.deepEqual([flow.reportDue, flow.reportWaits], [false, true], "too soon after the last one");
  flow.received(flowReportLatestBytes, 0);
  assert.equal(flow.reportDue, true, "but not for so much");
  flow.fillReport(writer);
  flow.received(flowReportBytes, 0);
  await advance(clock, flowReportMs);
  assert.equal(flow.reportDue, true);
});

async function advance(clock: VirtualClock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  clock.setTimer(ms, () => {});
  await clock.run(() => clock.now() >= end, end + 1);
}
