/** Interleaved rounds: noise of the machine hits both sides alike, and the median drops what it hits once. */

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Sides {
  ours: () => Promise<number>;
  anchor: () => Promise<number>;
}

/** Runs both sides `rounds` times in turn; the order changes from round to round. Returns the medians. */
export async function interleave({ ours, anchor }: Sides, rounds = 5): Promise<{ ours: number; anchor: number }> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0
      ? [[ours, mine], [anchor, theirs]] as const
      : [[anchor, theirs], [ours, mine]] as const;
    for (const [measure, figures] of order) figures.push(await measure());
  }
  return { ours: median(mine), anchor: median(theirs) };
}

/** Milliseconds that `work` takes. */
export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Milliseconds of a command from its start to its end; throws with its stderr when it fails. */
export function commandMs(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  return timeMs(async () => {
    const output = await new Deno.Command(command, { args, env, stdin: "null", stdout: "null", stderr: "piped" })
      .output();
    if (!output.success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(output.stderr)}`);
  });
}
