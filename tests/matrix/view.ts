/**
 * What a program sees of the target: each cell is filled by the program twice, inside the target and under mirrord outside of
 * it, and both must say the same.
 */
import type { Place, Scene } from "./place.ts";
import { brief, outcomeOf, type Outcomes } from "./outcome.ts";
import type { Ended, Running } from "./process.ts";
import {
  type Question,
  type Questions,
  type Serve,
  type ServeOrder,
  type Service,
  type View,
  type ViewCell,
  viewCells,
  visitArguments,
  written,
} from "./program.ts";
import { type RunningService, startService } from "./service.ts";
import { Stage } from "./stage.ts";

const limitMs = 60_000;
const flags = ["--fs-mode", "write"];

export async function viewOutcomes(
  place: Place,
  { view, serve }: { view: View; serve?: Serve },
  folder: string,
  env: Record<string, string>,
): Promise<Outcomes> {
  const outside = (words: string[]) => place.outside(words, { flags, env });
  if ("every" in view) {
    const told = await visit(place, view.every, outside);
    return await compare(
      place.scene,
      view.without ?? [],
      told,
      await visit(place, view.every, (words) => place.inside(words)),
    );
  }
  const outcomes = await eachCell(place, view.each ?? {}, folder, outside);
  if (!("served" in view)) return outcomes;
  const [told, expected] = await servedTwice(place, serve!, folder, env);
  return { ...await compare(place.scene, view.without ?? [], told, expected), ...outcomes };
}

type Spawn = (words: string[]) => Running;

/** What a visit told, by cell; `problem`, when a cell was not told at all. */
type Visit = Partial<Record<ViewCell, string>> & { problem: string };

async function compare(scene: Scene, without: ViewCell[], told: Visit, expected: Visit): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  for (const cell of viewCells.filter((cell) => !without.includes(cell))) {
    outcomes[cell] = await outcomeOf(() => {
      assertHolds(expected[cell] ?? expected.problem, held(scene, cell), "in the target itself");
      if (told[cell] !== expected[cell]) throw new Error(difference(told[cell] ?? told.problem, expected[cell]!));
      return Promise.resolve();
    });
  }
  return outcomes;
}

/** One run for all. */
async function visit(place: Place, command: string[], spawn: Spawn): Promise<Visit> {
  const newFile = newFileOf(place);
  const ended = await spawn([...command, ...visitArguments(place.scene, newFile)]).end(limitMs);
  const line = ended.stdout.split("\n").findLast((line) => line.startsWith("{")) ?? "{}";
  return await understood(place, line, newFile, brief(`${ending(ended)} ${ended.stderr || ended.stdout}`));
}

/** One request for all: to the server under mirrord, through the target's port, and to the same server in the target. */
async function servedTwice(
  place: Place,
  serve: Serve,
  folder: string,
  settings: Record<string, string>,
): Promise<[Visit, Visit]> {
  const stage = await Stage.open(place, serve, `${folder}/visit`);
  const asked = async (begin: (order: ServeOrder) => Promise<{ server: Running; port?: number }>) => {
    const newFile = newFileOf(place);
    const { server, port } = await begin({ ...await stage.order(), visit: visitArguments(place.scene, newFile) });
    let told: Visit = { problem: "it was not asked" };
    await stage.during(server, async () => {
      const text = await stage.answers("{", { port });
      told = await understood(place, text, newFile, `it answers “${brief(text)}”`);
    });
    return told;
  };
  try {
    const expected = await asked((order) => stage.startInside(order));
    const told = await asked(async (order) => {
      return { server: await stage.start(order, ["--steal", ...flags], { settings }) };
    });
    return [told, expected];
  } finally {
    await stage.close();
  }
}

/** What was told in a JSON object with a value for each cell. */
async function understood(place: Place, text: string, newFile: string, problem: string): Promise<Visit> {
  const told: Visit = { problem };
  for (const [cell, value] of Object.entries(JSON.parse(text))) {
    told[cell as ViewCell] = place.stable(Array.isArray(value) ? value.join(" ") : String(value));
  }
  if (told.write === "ok") told.write = await writtenTo(place, newFile);
  return told;
}

function newFileOf(place: Place): string {
  return `${place.scene.newFolder}/${crypto.randomUUID()}`;
}

async function writtenTo(place: Place, path: string): Promise<string> {
  const content = await place.content(path);
  return content === null ? "no such file in the target" : place.stable(content);
}

/** A run for each cell. */
async function eachCell(
  place: Place,
  questions: Questions,
  folder: string,
  under: Spawn,
): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const services = new Map<Service, RunningService>();
  try {
    for (const cell of viewCells.filter((cell) => questions[cell] !== undefined)) {
      const question = questions[cell]!;
      outcomes[cell] = await outcomeOf(async () => {
        const { service } = question;
        if (service !== undefined && !services.has(service)) {
          services.set(service, await startService(place, service, `${folder}/service-${services.size}`));
        }
        await askTwice(place, cell, question, under);
      });
    }
  } finally {
    for (const service of services.values()) await service[Symbol.asyncDispose]();
  }
  return outcomes;
}

async function askTwice(place: Place, cell: ViewCell, question: Question, under: Spawn): Promise<void> {
  const ask = async (spawn: Spawn) => {
    const newFile = newFileOf(place);
    const ended = await spawn(question.command(place.scene, newFile)).end(limitMs);
    const said = place.stable(ended.stdout);
    const path = question.wrote?.(newFile) ?? newFile;
    if (ended.code !== 0) return brief(`${ending(ended)} ${ended.stderr || ended.stdout}`);
    return cell === "write" ? await writtenTo(place, path) : said;
  };
  const inside = await ask((words) => place.inside(words));
  const holds = question.holds ?? held(place.scene, cell);
  assertHolds(inside, typeof holds === "string" ? holds : holds(place.scene), "in the target itself");
  const outside = await ask(under);
  if (outside !== inside) throw new Error(difference(outside, inside));
}

/** What the answer must hold, so that not two empty ones are compared. */
function held(scene: Scene, cell: ViewCell): string {
  switch (cell) {
    case "env":
      return scene.value;
    case "read":
      return scene.content.trim();
    case "write":
      return written.trim();
    case "list":
      return scene.entries[0]!;
    case "resolve":
      return scene.address;
    case "connect":
      return scene.answer;
  }
}

function assertHolds(said: string, part: string, where: string): void {
  if (!said.includes(part)) throw new Error(`${where} it says “${brief(said)}”`);
}

function difference(outside: string, inside: string): string {
  return `“${brief(outside)}” instead of “${brief(inside)}”`;
}

function ending({ code, signal, late }: Ended): string {
  if (late) return `did not end in ${limitMs / 1000} s.`;
  return signal === null ? `ended with ${code}.` : `ended by ${signal}.`;
}
