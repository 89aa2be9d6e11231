/** What the layer and the supervisor add to calls that have nothing to do with the target. */
import type { Budget, Result } from "../budget.ts";
import type { Measurement } from "../measurement.ts";
import { type Figures, interleave } from "../rounds.ts";
import { compile } from "../stage/apps.ts";
import { LocalTarget } from "../stage/local_target.ts";
import { Program } from "../stage/program.ts";

const calls = ["open", "stat", "access", "fstat", "write", "getsockname", "socket"];
const spawns = 40;

export const localCall: Measurement = {
  name: "local-call",
  measure: () => {
    const budget: Budget = { ...addition("local-call"), unit: "µs", allowance: 0.3 };
    return worstCall(budget, { static: false, count: 20_000 });
  },
};

export const supervisedCall: Measurement = {
  name: "supervised-call",
  measure: () => {
    const budget: Budget = { ...addition("supervised-call"), unit: "µs", allowance: 10 };
    return worstCall(budget, { static: true, count: 4_000 });
  },
};

export const childStart: Measurement = {
  name: "child-start",
  async measure() {
    const time = async (program: Program) => ({ ms: await program.ask<number>(`spawn ${spawns}`) / 1e6 });
    const { ours, anchor } = await compare(false, time);
    const budget: Budget = { ...addition("child-start"), unit: "ms", allowance: 1 };
    return [{ budget, ours: ours.ms, anchor: anchor.ms }];
  },
};

function addition(name: string) {
  return { name, anchor: "the same without mirrord", rule: "atMost", limit: 1 } as const;
}

/** The call to which most is added is the one that counts; all of them stand in the note. */
async function worstCall(budget: Budget, options: { static: boolean; count: number }): Promise<Result[]> {
  const { ours, anchor } = await compare(options.static, async (program) => {
    const figures: Record<string, number> = {};
    for (const call of calls) figures[call] = await program.ask<number>(`${call} ${options.count}`) / 1000;
    return figures;
  });
  const added = (call: string) => ours[call]! - anchor[call]!;
  const worst = calls.reduce((most, call) => added(call) > added(most) ? call : most);
  const list = calls.map((call) => `${call} ${added(call) >= 0 ? "+" : ""}${added(call).toFixed(2)}`).join(", ");
  return [{ budget, ours: ours[worst]!, anchor: anchor[worst]!, note: `µs added to each call: ${list}` }];
}

async function compare<T extends Figures>(isStatic: boolean, measure: (program: Program) => Promise<T>) {
  const program = await compile("calls", { static: isStatic });
  await using target = await LocalTarget.start();
  const env = { MIRRORD_PROGRESS_MODE: "off" };
  await using native = await Program.start([program]);
  await using inside = await Program.start(target.exec([program]), { env });
  return await interleave({ ours: () => measure(inside), anchor: () => measure(native) });
}
