/** A program that serves: copies of the target's traffic, the traffic itself, and the same after a restart and a reload. */
import { eventually } from "../e2e/mirrord.ts";
import { brief, outcomeOf, type Outcomes } from "./outcome.ts";
import type { Place } from "./place.ts";
import { sendSignal } from "./process.ts";
import type { Serve, ServeOrder } from "./program.ts";
import { apps, exists } from "./provision/cache.ts";
import { graceMs, Stage, word } from "./stage.ts";
import { Traffic } from "./traffic.ts";

const anotherWord = "reloaded";
/** Watchers look at the sources first; no developer edits sooner. */
const beforeEditMs = 1500;
const keepRunning = `${apps}/sh/keep_running.sh`;

export async function serveOutcomes(
  place: Place,
  serve: Serve,
  folder: string,
  settings: Record<string, string>,
): Promise<Outcomes> {
  const stage = await Stage.open(place, serve, folder);
  try {
    return {
      mirror: await outcomeOf(() => mirror(stage, settings)),
      steal: await outcomeOf(() => steal(stage, settings)),
      restart: await outcomeOf(async () => {
        await restart(stage, settings);
        if (serve.reload !== undefined) await reload(stage, settings);
      }),
    };
  } finally {
    await stage.close();
  }
}

type Settings = Record<string, string>;

/** The target goes on answering, and the program sees a copy. */
async function mirror(stage: Stage, settings: Settings): Promise<void> {
  const order = await stage.order();
  const server = await stage.start(order, [], { settings });
  await stage.during(server, async () => {
    const copied = async () => {
      const answer = await stage.ask();
      if (!answer.includes(stage.place.ownAnswer)) throw new Error(`the target answers “${brief(answer)}”`);
      return (await seenBy(order)).length > 0;
    };
    if (!await stage.until(copied)) throw new Error("no copy arrived");
  });
}

/** The program answers; when it has ended, the target does. */
async function steal(stage: Stage, settings: Settings): Promise<void> {
  const order = await stage.order();
  const server = await stage.start(order, ["--steal"], { settings });
  await stage.during(server, async () => {
    await stage.answers(word);
    if ((await seenBy(order)).length === 0) throw new Error("it answered, but says it saw no request");
  });
  await stage.returned();
}

/** In one session the program ends and is started again, as a supervisor does; its successor answers. */
async function restart(stage: Stage, settings: Settings): Promise<void> {
  const order = await stage.order();
  const pids = `${order.folder}/pids`;
  const server = await stage.start(order, ["--steal"], { prefix: ["sh", keepRunning, pids], settings });
  await stage.during(server, async () => {
    await stage.answers(word);
    const [first] = await pidsIn(pids);
    await terminate(first!);
    if (!await eventually(async () => (await pidsIn(pids)).length === 2, true, graceMs)) {
      throw new Error("it was not started again");
    }
    await stage.answers(word);
    await terminate((await pidsIn(pids))[1]!);
  });
  await stage.returned();
}

async function terminate(pid: number): Promise<void> {
  sendSignal(pid, "SIGTERM");
  const hasEnded = () => exists(`/proc/${pid}`).then((isThere) => !isThere);
  if (!await eventually(hasEnded, true, graceMs)) throw new Error("the program did not end on SIGTERM");
}

/** A change of its source is answered at once, and nobody who asks meanwhile is turned away. */
async function reload(stage: Stage, settings: Settings): Promise<void> {
  const order = await stage.order();
  const server = await stage.start(order, ["--steal"], { settings });
  await stage.during(server, async () => {
    await stage.answers(word);
    await new Promise((resolve) => setTimeout(resolve, beforeEditMs));
    const traffic = Traffic.start(stage);
    try {
      await stage.serve.reload!({ ...order, word: anotherWord }, server.pid);
      await stage.answers(anotherWord);
    } finally {
      await traffic.stop();
    }
    traffic.assertServed([word, anotherWord, stage.place.ownAnswer]);
  });
  await stage.returned();
}

async function seenBy({ seen }: ServeOrder): Promise<string> {
  return await Deno.readTextFile(seen).catch(() => "");
}

async function pidsIn(file: string): Promise<number[]> {
  return (await Deno.readTextFile(file)).trim().split("\n").map(Number);
}
