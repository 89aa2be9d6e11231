/**
 * Ten times the road to the agent is cut, or swallows everything for a while, during a transfer of 200 MB each way over an
 * outgoing connection and with a stolen connection open: nobody sees an error, and all bytes are true (M-187).
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Forwarder } from "../forwarder.ts";
import { HandStartedAgent } from "../hand_started_agent.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { eventually, spawn } from "../mirrord.ts";
import { linesOf } from "../program_output.ts";
import { address, bulkPort, publicPort } from "../target/scene.ts";
import { sequence, sequenceBlock } from "../target/services.ts";

const program = new URL("../../apps/python/exchange.py", import.meta.url).pathname;
const transferBytes = 200 << 20;
/** Slow enough that the transfer goes on while the road is cut. */
const bytesPerSecond = 20 << 20;
const longMs = 10_000;
/** How soon after the silence what waited must be answered. */
const recoveryMs = 5000;

type Trouble = { name: string; make(road: Forwarder): void | Promise<void>; isLong?: boolean };

const cut: Trouble = { name: "cut", make: (road) => road.cut() };
const hole = (mode: "lose" | "hold", ms: number): Trouble => ({
  name: `${mode} everything for ${ms} ms`,
  make: (road) => road.blackHole(ms, mode),
  isLong: ms === longMs,
});
const troubles = [
  cut,
  hole("lose", longMs),
  cut,
  hole("hold", longMs),
  hole("hold", 1000),
  cut,
  hole("lose", 2500),
  cut,
  hole("lose", longMs),
  cut,
];

/** A line of the program's. */
interface Line {
  received?: number;
  digest?: string;
  sent?: string;
  confirmed?: string;
}

/** Asks over one connection that is stolen, again and again, until it is told to stop; returns how often it was answered. */
class KeptConnection {
  answers = 0;
  longestMs = 0;
  #over = false;
  readonly #asking: Promise<void>;

  constructor(private readonly isolated: IsolatedTarget, private readonly id: number) {
    this.#asking = this.#ask();
    this.#asking.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#asking;
  }

  async #ask(): Promise<void> {
    while (!this.#over) {
      const started = performance.now();
      const answer = await this.isolated.order<string>({ do: "say", id: this.id, text: "question" });
      assert.equal(answer, `answer ${++this.answers}`);
      this.longestMs = Math.max(this.longestMs, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

Deno.test("a tunnel that is cut ten times loses nothing", async () => {
  await using isolated = await IsolatedTarget.start();
  await using agent = await HandStartedAgent.start({ targetPid: isolated.pid });
  await using road = new Forwarder(agent.port, bytesPerSecond);
  const flags = ["-f", await agent.configuration({ address: road.address }), "--steal"];
  const child = spawn(null, ["python3", program, address, bulkPort, transferBytes, publicPort].map(String), { flags });
  const stderr = new Response(child.stderr).text();
  const started = performance.now();
  let kept: KeptConnection | null = null;
  let made = 0;
  let summary: Line = {};
  try {
    for await (const line of linesOf<Line>(child.stdout)) {
      if (line.received === undefined) {
        summary = line;
        break;
      }
      kept ??= await openKept(isolated);
      if (line.received < transferBytes * (made + 1) / (troubles.length + 1) || made === troubles.length) {
        continue;
      }
      assert.ok(road.connections > 0, "there is something to cut");
      await makeTrouble(troubles[made++]!, road, isolated);
    }
    await kept!.stop();
  } finally {
    kill(child);
  }
  assert.equal((await child.status).signal, "SIGTERM");
  assert.equal(await stderr, "");
  assert.equal(made, troubles.length);
  assert.equal(summary.digest, expectedDigest());
  assert.equal(summary.confirmed, summary.sent);
  assert.ok(kept!.longestMs < longMs + recoveryMs, `an answer came after ${kept!.longestMs} ms`);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${made} troubles, 2 × ${transferBytes >> 20} MiB in ${seconds.toFixed(0)} s; ${
      kept!.answers
    } answers on the stolen ` +
      `connection, the latest after ${kept!.longestMs.toFixed(0)} ms`,
  );
});

async function openKept(isolated: IsolatedTarget): Promise<KeptConnection> {
  const { id } = await isolated.order<{ id: number }>({ do: "open", port: publicPort });
  return new KeptConnection(isolated, id);
}

/** While the road is silent, new connections are the target's. */
async function makeTrouble(trouble: Trouble, road: Forwarder, isolated: IsolatedTarget): Promise<void> {
  console.log(trouble.name);
  const made = trouble.make(road);
  const get = () => isolated.order<string>({ do: "get", port: publicPort, timeoutMs: 500 });
  if (trouble.isLong) assert.equal(await eventually(get, "target", 5000), "target");
  await made;
}

function expectedDigest(): string {
  const hash = createHash("sha256");
  const block = sequence(sequenceBlock);
  for (let sent = 0; sent < transferBytes; sent += block.length) hash.update(block);
  return hash.digest("hex");
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // it has ended
  }
}
