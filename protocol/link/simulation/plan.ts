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
  /** From the opener, and from the acceptor. */
  courses: [Course, Course];
  /** The acceptor writes only after it has read everything. */
  answers: boolean;
  reset: { by: 0 | 1; afterMs: number; code: number; reason: string } | null;
}

const patternBytes = 65_521;
const pattern = (() => {
  const random = new Random(1);
  return Uint8Array.from({ length: patternBytes }, () => random.whole(0, 255));
})();

export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const lossy = random.chance(0.15);
  return {
    seed,
    lossy,
    courses: [drawCourse(random, lossy), drawCourse(random, lossy)],
    answers: random.chance(0.4),
    reset: random.chance(0.15)
      ? { by: random.pick([0, 1]), afterMs: random.skewed(0, 4000), code: random.whole(0, 200), reason: `plan ${seed}` }
      : null,
  };
}

function drawCourse(random: Random, lossy: boolean): Course {
  const large = random.chance(0.1);
  return {
    total: lossy ? random.skewed(0, 60) : random.skewed(0, large ? 400_000 : 20_000),
    writeBytes: random.skewed(1, large ? 200_000 : 20_000),
    writePause: random.next() * 0.5,
    readPause: random.next() ** 2 * 0.5,
    pauseMs: random.skewed(1, 200),
    unread: random.chance(0.2) ? 0.2 : 0,
  };
}

/** The bytes from `offset` on that one direction of a stream carries. */
export function content(plan: Plan, direction: 0 | 1, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let from = (offset + plan.seed + direction * 7919) % patternBytes;
  for (let at = 0; at < length;) {
    const piece = pattern.subarray(from, from + length - at);
    bytes.set(piece, at);
    at += piece.length;
    from = 0;
  }
  return bytes;
}

/** Throws unless `bytes` are those of the plan at `offset`. */
export function checkContent(plan: Plan, direction: 0 | 1, offset: number, bytes: Uint8Array): void {
  let from = (offset + plan.seed + direction * 7919) % patternBytes;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== pattern[from]) {
      throw new Error(`Byte ${offset + at} of stream ${plan.seed}, direction ${direction}, is wrong`);
    }
    if (++from === patternBytes) from = 0;
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
