/**
 * Thousands of starts of small programs inside one session, and many sessions one after another, under load and signals:
 * none crashes or hangs, and neither the proxy nor the supervisor keeps memory or descriptors. A tenth by default;
 * `./dev test starts` runs all (`MIRRORD_STARTS`, `MIRRORD_SESSIONS`).
 */
import assert from "node:assert/strict";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, spawn } from "../mirrord.ts";
import { linesOf } from "../program_output.ts";
import { leftoversAfter, sessionOf } from "../running_session.ts";
import { target } from "../target/scene.ts";

const program = new URL("../../apps/python/starts.py", import.meta.url).pathname;
const starts = Number(Deno.env.get("MIRRORD_STARTS") ?? 1000);
const sessions = Number(Deno.env.get("MIRRORD_SESSIONS") ?? 5);
const seed = Number(Deno.env.get("MIRRORD_SEED") ?? Date.now() % 100_000);
const growthMaxMiB = 16;
/**
 * The supervisor keeps a handle for each of the last 256 processes that it has seen, and a connection to the proxy for each
 * call that was under way at once: with eight programs at a time (starts.py) as many more as these may begin together.
 */
const descriptorGrowthMax = {
  preload: { proxy: 4, servant: 0 },
  supervisor: { proxy: 4 + 8, servant: 260 + 8 },
};
const settleMs = 1500;
/** On a machine that others keep busy it takes longer until what was used last is given back. */
const settleLatestMs = 10_000;

/** A line of the program's: after it has warmed up, and at its end. */
interface Round {
  starts: number;
  killed: number;
  wrong: string[];
  servants: number[];
}

interface Size {
  descriptors: number;
  memoryMiB: number;
}

function sizeOf(pid: number): Size {
  const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return {
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    memoryMiB: Number(rollup.match(/^Pss:\s+(\d+) kB/m)![1]) / 1024,
  };
}

/** What is used last is given back in its own time: the smallest of some looks counts, until there are `wanted` descriptors. */
async function settled(pid: number, wanted = Infinity): Promise<Size> {
  let least = sizeOf(pid);
  const isOver = (waitedMs: number) => waitedMs >= (least.descriptors <= wanted ? settleMs : settleLatestMs);
  for (let waitedMs = 0; !isOver(waitedMs); waitedMs += 300) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = sizeOf(pid);
    least = {
      descriptors: Math.min(least.descriptors, now.descriptors),
      memoryMiB: Math.min(least.memoryMiB, now.memoryMiB),
    };
  }
  return least;
}

/** The program may have ended. */
function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

for (const door of ["preload", "supervisor"] as const) {
  Deno.test(`${starts / 2} starts under the ${door}, seed ${seed}`, async () => {
    await using isolated = await IsolatedTarget.start();
    const shell = door === "preload" ? [] : ["busybox", "env"];
    const command = [
      ...shell,
      "python3",
      program,
      String(starts / 2),
      String(seed),
      target.file,
      target.content.trim(),
    ];
    const child = spawn(isolated.path, command);
    const stderr = new Response(child.stderr).text();
    const { proxyPid } = await sessionOf(child.pid);
    const watched: number[] = [];
    const before: Size[] = [];
    let last: Round | null = null;
    try {
      for await (const round of linesOf<Round>(child.stdout)) {
        if (last === null) watched.push(proxyPid, ...round.servants);
        const most = before.map(({ descriptors }, index) =>
          descriptors + descriptorGrowthMax[door][index === 0 ? "proxy" : "servant"]
        );
        const sizes = await Promise.all(watched.map((pid, index) => settled(pid, most[index])));
        console.log(`${round.starts} starts, ${round.killed} killed:`, ...sizes.map((size) => JSON.stringify(size)));
        if (last === null) before.push(...sizes);
        else {
          sizes.forEach((size, index) => {
            const more = size.descriptors - before[index]!.descriptors;
            assert.ok(size.descriptors <= most[index]!, `${more} descriptors more`);
            assert.ok(size.memoryMiB <= before[index]!.memoryMiB + growthMaxMiB, "memory");
          });
        }
        last = round;
        signal(child, "SIGUSR1");
      }
    } finally {
      signal(child, "SIGTERM");
    }
    await child.status;
    assert.equal(await stderr, "");
    assert.deepEqual(last!.wrong, []);
    assert.equal(last!.starts, starts / 2);
  });
}

Deno.test(`${sessions} sessions one after another leave nothing behind`, async () => {
  await using isolated = await IsolatedTarget.start();
  for (let index = 0; index < sessions; index++) {
    const seen = await Deno.makeTempFile({ dir: "/dev/shm", prefix: "mirrord-starts-" });
    const child = spawn(isolated.path, [
      "sh",
      "-c",
      `cat ${target.file}; busybox cat ${target.file}; while [ -e ${seen} ]; do sleep 0.1; done; exit 3`,
    ]);
    const session = await sessionOf(child.pid).finally(() => Deno.remove(seen));
    const { code, stdout } = await child.output();
    assert.deepEqual([code, new TextDecoder().decode(stdout)], [3, target.content.repeat(2)]);
    assert.deepEqual(await leftoversAfter(session, isolated.pid, 20_000), []);
  }
  assert.equal((await exec(isolated.path, ["cat", target.file])).stdout, target.content);
});
