/** Numbers that look random and repeat with their seed. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit` - 1 (splitmix32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** Seed and length of a run: `MIRRORD_FUZZ_SEED` repeats one, `MIRRORD_FUZZ_ROUNDS` makes it longer. */
export function fuzzRun(usualRounds: number): { random: Random; rounds: number } {
  const seed = Number(Deno.env.get("MIRRORD_FUZZ_SEED") ?? Date.now() % 0x1_0000_0000);
  const rounds = Number(Deno.env.get("MIRRORD_FUZZ_ROUNDS") ?? usualRounds);
  console.log(`MIRRORD_FUZZ_SEED=${seed} MIRRORD_FUZZ_ROUNDS=${rounds}`);
  return { random: new Random(seed), rounds };
}
