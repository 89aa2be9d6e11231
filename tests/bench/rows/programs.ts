/** What everyday programs lose under mirrord when they work on this machine's own files. */
import type { Budget } from "../budget.ts";
import type { Measurement } from "../measurement.ts";
import { interleave } from "../rounds.ts";
import { compile, compileGo } from "../stage/apps.ts";
import { LocalTarget } from "../stage/local_target.ts";
import { Program } from "../stage/program.ts";
import { Tree } from "../stage/tree.ts";

interface Command {
  name: string;
  /** Run in the tree. */
  words: string[];
  /** How often in each round. */
  count: number;
  /** At most so many times as long as without mirrord. */
  limit: number;
}

const commands: Command[] = [
  { name: "python-imports", words: ["/usr/bin/python3", "-B", "modules/all.py"], count: 5, limit: 1.15 },
  { name: "git-status", words: ["git", "-C", "repository", "status", "--porcelain"], count: 15, limit: 1.25 },
  { name: "gcc", words: ["gcc", "-O1", "-c", "-o", "program.o", "program.c"], count: 9, limit: 1.15 },
  { name: "find", words: ["find", "repository", "-type", "f"], count: 15, limit: 1.15 },
  { name: "grep", words: ["grep", "-r", "-c", "7$", "repository"], count: 9, limit: 1.25 },
  { name: "find-static", words: ["/bin/busybox", "find", "repository", "-type", "f"], count: 9, limit: 5 },
];
const keepAliveConnections = 16;
const keepAliveMs = 700;
const env = { MIRRORD_PROGRESS_MODE: "off" };

export const programs: Measurement = {
  name: "programs",
  async measure() {
    const runner = await compile("runner");
    await using tree = await Tree.make();
    await using target = await LocalTarget.start();
    await using native = await Program.start([runner], { cwd: tree.path });
    await using inside = await Program.start(target.exec([runner]), { cwd: tree.path, env });
    const time = (program: Program) => async () => {
      const figures: Record<string, number> = {};
      for (const { name, words, count } of commands) {
        figures[name] = await program.ask<number>(`${count} ${words.join(" ")}`);
      }
      return figures;
    };
    const { ours, anchor } = await interleave({ ours: time(inside), anchor: time(native) });
    return commands.map(({ name, limit }) => {
      const budget: Budget = { name, unit: "ms", anchor: "the same without mirrord", rule: "atMost", limit };
      return { budget, ours: ours[name]!, anchor: anchor[name]! };
    });
  },
};

export const goHttp: Measurement = {
  name: "go-http",
  async measure() {
    const program = await compileGo("keep_alive");
    await using target = await LocalTarget.start();
    await using native = await Program.start([program]);
    await using inside = await Program.start(target.exec([program]), { env });
    const serve = (side: Program) => async () => ({
      perSecond: await side.ask<number>(`${keepAliveConnections} ${keepAliveMs}`),
    });
    const { ours, anchor } = await interleave({ ours: serve(inside), anchor: serve(native) });
    const shared = { name: "go-http", unit: "/s", anchor: "the same without mirrord" } as const;
    return [{
      budget: { ...shared, rule: "atLeast", limit: 0.9 },
      ours: ours.perSecond,
      anchor: anchor.perSecond,
    }];
  },
};
