import type { Manners } from "./network.ts";
import type { Random } from "./random.ts";

/** How a simulated session comes to its end. */
const endings = ["client", "server", "guardian", "silence", "restart"] as const;
export type Ending = typeof endings[number];

/** What one simulation is about; everything is drawn from its seed. */
export interface Scenario {
  /** Tunnels at the same time. */
  tunnels: number;
  manners: Manners;
  /** Probability that something happens to a tunnel, and to a dial; and how many such things happen at most. */
  faultProbability: number;
  dialFailure: number;
  faults: number;
  /** Streams opened by the client and by the server, and over how long. */
  streams: [number, number];
  openingMs: number;
  ending: Ending;
  /** The end comes after this time instead of after all streams; null: it does not. */
  earlyEndMs: number | null;
}

export function drawScenario(random: Random): Scenario {
  const tunnels = random.chance(0.6) ? 1 : random.whole(2, 4);
  const latencyMs = random.skewed(1, 150);
  const mangles = tunnels > 1 && random.chance(0.7);
  return {
    tunnels,
    manners: {
      latencyMs,
      jitterMs: random.next() * latencyMs,
      bytesPerMs: random.skewed(100, 100_000),
      capacity: random.skewed(1000, 1_000_000),
      readBytes: random.chance(0.3) ? random.skewed(16, 5000) : 1_000_000,
      duplicate: mangles ? random.next() * 0.3 : 0,
      reorder: mangles ? random.next() * 0.5 : 0,
    },
    faultProbability: random.pick([0, 0.5, 0.8, 1, 1]),
    dialFailure: random.next() * 0.5,
    faults: random.whole(1, 12),
    streams: [random.skewed(1, 30), random.skewed(0, 20)],
    openingMs: random.whole(1, 5000),
    ending: random.pick(endings),
    earlyEndMs: random.chance(0.15) ? random.skewed(1, 5000) : null,
  };
}
