import { Random } from "./random.ts";

/** What happens in one direction of a stream. */
export interface Course {
  /** Bytes or, on lossy streams, messages. */
  total: number;
  /** Largest write, and how often and how long writer and reader pause. */
  writeBytes: number;
  writePause: number;
  readPause: number;
  pauseMs: number;
  /** How often a reader puts a part back. */
  unread: number;
}

/** Everything both ends of one stream will do; both draw it from the seed in the stream's header. */
export interface Plan {
  seed: number;
  lossy: boolean;
  /** The window the opener asks for. */
  windowBytes?: number;
  /** From the opener, and from the acceptor. */
  courses: [Course, Course];
  /** The acceptor writes only after it has read everything. */
  answers: boolean;
  reset: { by: 0 | 1; afterMs: number; code: number; reason: string } | null;
}

const patternBytes = 65_521;
const largestWrite = 200_000;
/** Random bytes that repeat, as far as the largest write reaches. */
const pattern = (() => {
  const random = new Random(1);
  const bytes = Uint8Array.from({ length: patternBytes + largestWrite }, () => random.whole(0, 255));
  for (let at = patternBytes; at < bytes.length; at++) bytes[at] = bytes[at - patternBytes]!;
  return bytes;
})();

export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const lossy = random.chance(0.15);
  return {
    seed,
    lossy,
    windowBytes: random.chance(0.2) ? random.skewed(1, 1_000_000) : undefined,
    courses: [drawCourse(random, lossy), drawCourse(random, lossy)],
    answers: random.chance(0.4),
    reset: random.chance(0.15)
      ? { by: random.pick([0, 1]), afterMs: random.skewed(0, 4000), code: random.whole(0, 200), reason: `plan ${seed}` }
      : null,
  };
}

function drawCourse(random: Random, lossy: boolean): Course {
  const total = lossy ? random.skewed(0, 60) : random.skewed(0, random.chance(0.1) ? 400_000 : 20_000);
  return {
    total,
    writeBytes: random.skewed(Math.ceil(total / 200) + 1, largestWrite),
    writePause: random.next() * 0.5,
    readPause: random.next() ** 2 * 0.5,
    pauseMs: random.skewed(1, 200),
    unread: random.chance(0.2) ? 0.2 : 0,
  };
}

/** A copy of the bytes from `offset` on that one direction of a stream carries; at most `largestWrite`. */
export function content(plan: Plan, direction: 0 | 1, offset: number, length: number): Uint8Array {
  const from = (offset + plan.seed + direction * 7919) % patternBytes;
  return pattern.slice(from, from + length);
}

/** Throws unless `bytes` are those of the plan at `offset`. */
export function checkContent(plan: Plan, direction: 0 | 1, offset: number, bytes: Uint8Array): void {
  const from = (offset + plan.seed + direction * 7919) % patternBytes;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== pattern[from + at]) {
      throw new Error(`Byte ${offset + at} of stream ${plan.seed}, direction ${direction}, is wrong`);
    }
  }
}

export function encodePlan(plan: Plan): Uint8Array {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, plan.seed, true);
  return header;
}

export function decodePlan(header: Uint8Array): Plan {
  return drawPlan(new DataView(header.buffer, header.byteOffset).getUint32(0, true));
}
