/** Interleaved rounds: noise of the machine hits all sides alike, and the median drops what it hits once. */

/** What one side's run gave, each figure by its name. */
export type Figures = Record<string, number>;
export type Sides = Record<string, () => Promise<Figures>>;
/** For each side the medians of its figures. */
export type Medians<S extends Sides> = { [Side in keyof S]: Awaited<ReturnType<S[Side]>> };

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs every side `rounds` times in turn; the order is reversed from round to round. */
export async function interleave<S extends Sides>(sides: S, rounds = 5): Promise<Medians<S>> {
  const names = Object.keys(sides);
  const runs: Record<string, Figures[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) runs[name]!.push(await sides[name]!());
  }
  return Object.fromEntries(names.map((name) => [name, medians(runs[name]!)])) as Medians<S>;
}

/** The median of each figure over several runs. */
function medians(runs: Figures[]): Figures {
  return Object.fromEntries(Object.keys(runs[0] ?? {}).map((name) => [name, median(runs.map((run) => run[name]!))]));
}

/** Milliseconds that `work` takes. */
export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Milliseconds of a command from its start to its end, the median of `repeats`; throws with its stderr when it fails. */
export async function commandMs(command: string, args: string[], repeats: number): Promise<number> {
  const options = { args, stdin: "null", stdout: "null", stderr: "piped" } as const;
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    times.push(
      await timeMs(async () => {
        const { success, stderr } = await new Deno.Command(command, options).output();
        if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
      }),
    );
  }
  return median(times);
}
