import assert from "node:assert/strict";
import { grownWindowsBytes, initialWindowsBytes, maximumRefusedStreams, maximumStreams } from "../limits.ts";
import { LinkError } from "./errors.ts";
import { FrameType } from "./frame.ts";
import { FrameWriter } from "./frame_writer.ts";
import { encodeHello, readHead } from "./hello.ts";
import { memoryTunnels } from "./memory_tunnel.ts";
import type { Session } from "./session.ts";
import { Random } from "./simulation/random.ts";
import type { Stream } from "./stream.ts";
import { Streams } from "./streams.ts";
import { encodeSync } from "./sync.ts";
import { testServer, testToken } from "./testing.ts";
import type { Tunnel } from "./tunnel.ts";

const runs = Number(Deno.env.get("MIRRORD_FUZZ_RUNS") ?? 400);
const framesPerRun = 60;

/** A number that is small most of the time, and sometimes at the end of what fits. */
function number(random: Random): number {
  return random.chance(0.9) ? random.skewed(0, 100) : random.pick([2 ** 16, 2 ** 32, 2 ** 40, 2 ** 53 - 1]);
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length: random.skewed(0, length) }, () => random.whole(0, 255));
}

/** Writes one frame that is well-formed and need not make sense. */
function writeFrame(writer: FrameWriter, random: Random): void {
  const id = random.chance(0.9) ? random.whole(1, 12) : number(random);
  const kinds: (() => unknown)[] = [
    () =>
      writer.open(
        id,
        number(random) >>> 0,
        random.pick([64, 1024, 65536, 65537]),
        random.pick([0, 0, 2]),
        noise(random, 40),
      ),
    () => writer.data(id, number(random), random.skewed(0, 200), random.whole(0, 3)),
    () => writer.ack(id, number(random), number(random), random.whole(0, 1)),
    () => writer.blocked(id, number(random)),
    () => writer.reset(id, number(random) >>> 0, "fuzz"),
    () => writer.resetDone(id),
    () => writer.message(id, number(random), noise(random, 100)),
    () => writer.number(random.pick([FrameType.ping, FrameType.pong]), number(random)),
    () => writer.carried(number(random), number(random) >>> 0),
    () => writeSync(writer, random),
    () => random.chance(0.05) && writer.end("fuzz"),
    () => random.chance(0.05) && writer.endDone(),
    () => random.chance(0.05) && writeNoise(writer, random),
  ];
  random.pick(kinds)();
}

function writeNoise(writer: FrameWriter, random: Random): void {
  const bytes = noise(random, 20);
  writer.bytes.set(bytes);
  writer.length = bytes.length;
}

function writeSync(writer: FrameWriter, random: Random): void {
  const known = new Streams("client", () => {});
  for (let i = random.whole(0, 6); i > 0; i--) known.open(new Uint8Array());
  for (let i = random.whole(0, 3); i > 0; i--) known.table.see(2 * random.whole(1, 8));
  const liveEpochs = random.chance(0.8) ? [1] : [number(random) >>> 0];
  const [part] = encodeSync(known.table, { asks: random.chance(0.5), highestEpoch: number(random) >>> 0, liveEpochs });
  for (let i = random.whole(0, 2); i > 0; i--) part![random.whole(0, part!.length - 1)] = random.whole(0, 255);
  writer.sync(part!, random.whole(0, 1));
}

/** An owner that reads, writes, resets and opens as it likes. */
function play(session: Session, random: Random): void {
  const use = async (stream: Stream) => {
    if (random.chance(0.2)) return stream.reset(1, "play");
    if (random.chance(0.5)) void stream.end();
    try {
      if (stream.lossy) stream.send(noise(random, 50));
      else stream.write(noise(random, 3000)).catch(() => {});
      while ((stream.lossy ? await stream.receive() : await stream.read()) !== null);
    } catch (error) {
      if (!["StreamError", "LinkError"].includes((error as Error).name)) throw error;
    }
  };
  session.onStream = use;
  for (let i = random.whole(0, 4); i > 0; i--) void use(session.open(noise(random, 20), { lossy: random.chance(0.3) }));
}

async function drain(tunnel: Tunnel): Promise<void> {
  const buffer = new Uint8Array(65536);
  while (await tunnel.read(buffer).catch(() => null) !== null);
}

Deno.test(`${runs} peers that send any frames in any order are refused by named errors and take bounded memory`, async () => {
  const outcomes: Record<string, number> = {};
  for (let seed = 1; seed <= runs; seed++) {
    const random = new Random(seed);
    let session: Session | null = null;
    const server = await testServer({ onSession: (opened) => play(session = opened, random) });
    const [near, far] = memoryTunnels();
    const serving = server.accept(far);
    const hello = {
      kind: "open",
      session: new Uint8Array(16),
      epoch: 1,
      leaseMs: 10,
      token: testToken,
      holder: "",
    } as const;
    await near.write(encodeHello(hello));
    await readHead(near);
    let lost: LinkError | null = null;
    session!.onTunnelLost = (error) => lost = error;
    const draining = drain(near);
    for (let frame = 0; frame < framesPerRun && lost === null && !session!.finished; frame++) {
      const writer = new FrameWriter(64);
      writeFrame(writer, random);
      await near.write(writer.gathered).catch(() => {});
      if (random.chance(0.3)) await new Promise((resolve) => queueMicrotask(() => resolve(null)));
      const { budget, table }: Streams = session!.streams;
      assert.ok(budget.initial <= 2 * initialWindowsBytes && budget.grown <= grownWindowsBytes);
      assert.ok(table.size <= maximumStreams + maximumRefusedStreams && table.unseen.size <= maximumStreams);
    }
    near.close();
    await serving;
    const error = lost as LinkError | null;
    assert.equal(error?.cause, undefined, `seed ${seed}: ${error?.cause}`);
    outcomes[error?.kind ?? "ended"] = (outcomes[error?.kind ?? "ended"] ?? 0) + 1;
    session!.finish({ kind: "local", reason: "done" });
    await draining;
    assert.deepEqual([session!.streamCount, session!.streams.budget.initial], [0, 0]);
  }
  for (const kind of ["violation", "malformed"]) assert.ok(outcomes[kind]! > 0, JSON.stringify(outcomes));
});
