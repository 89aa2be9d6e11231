import { recycle } from "../blocks.ts";
import { StreamCode, StreamError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Stream } from "../stream.ts";
import { checkContent, content, type Course, decodePlan, encodePlan, type Plan } from "./plan.ts";
import { Random } from "./random.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What both actors of a simulation know. */
export interface World {
  clock: VirtualClock;
  /** The session was ended on purpose: streams may fail with "session ended". */
  ending: boolean;
  failures: Error[];
  /** Counts for the summary. */
  streams: number;
  bytes: number;
  messages: number;
  messagesDropped: number;
}

/** A course is not paused more often than this, so that every simulation comes to its end soon. */
const maximumPauses = 60;

/** Plays one side's part of every stream's plan, and checks what it sees. */
export class Actor {
  /** Parts that are still being played. */
  busy = 0;
  #world: World;
  #session: Session;

  constructor(world: World, session: Session) {
    this.#world = world;
    this.#session = session;
    session.onStream = (stream) => this.#play(stream, decodePlan(stream.header), 1);
  }

  open(plan: Plan): void {
    this.#world.streams++;
    const { lossy, windowBytes } = plan;
    this.#play(this.#session.open(encodePlan(plan), { lossy, windowBytes }), plan, 0);
  }

  /** Runs `part`; an error counts as a failure unless it is the one that was to be expected. */
  async #part(plan: Plan, part: () => Promise<void>): Promise<void> {
    this.busy++;
    try {
      await part();
    } catch (error) {
      if (!this.#isExpected(plan, error)) this.#world.failures.push(error as Error);
    }
    this.busy--;
  }

  #isExpected(plan: Plan, error: unknown): boolean {
    if (!(error instanceof StreamError)) return false;
    if (error.code === StreamCode.sessionEnded) return this.#world.ending;
    return plan.reset !== null && error.code === plan.reset.code && error.reason === plan.reset.reason;
  }

  #play(stream: Stream, plan: Plan, role: 0 | 1): void {
    const random = new Random(plan.seed + 17 + role);
    const outgoing = plan.courses[role];
    const incoming = plan.courses[1 - role]!;
    const direction = (1 - role) as 0 | 1;
    const write = () => plan.lossy ? this.#send(stream, outgoing, random) : this.#write(stream, plan, role, random);
    const read = () => plan.lossy ? this.#receive(stream, incoming) : this.#read(stream, plan, direction, random);
    if (plan.answers && role === 1) {
      this.#part(plan, async () => {
        await read();
        await write();
      });
    } else {
      this.#part(plan, read);
      this.#part(plan, write);
    }
    this.#part(plan, () => stream.closed);
    const { reset } = plan;
    if (reset?.by === role) {
      this.#part(plan, async () => {
        await this.#world.clock.sleep(reset.afterMs);
        stream.reset(reset.code, reset.reason);
      });
    }
  }

  async #write(stream: Stream, plan: Plan, direction: 0 | 1, random: Random): Promise<void> {
    const course = plan.courses[direction];
    let pauses = 0;
    for (let offset = 0; offset < course.total;) {
      const length = Math.min(random.skewed(1, course.writeBytes), course.total - offset);
      const bytes = content(plan, direction, offset, length);
      const taken = random.chance(0.5) ? stream.tryWrite(bytes) : 0;
      await stream.write(bytes.subarray(taken));
      this.#world.clock.move();
      bytes.fill(0);
      offset += length;
      if (pauses < maximumPauses && await this.#pause(random, course.writePause, course.pauseMs)) pauses++;
    }
    await stream.end();
  }

  async #read(stream: Stream, plan: Plan, direction: 0 | 1, random: Random): Promise<void> {
    const course = plan.courses[direction];
    let offset = 0;
    let pauses = 0;
    for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
      if (bytes.length > 1 && random.chance(course.unread)) {
        const kept = random.whole(0, bytes.length - 1);
        stream.unread(bytes.subarray(kept));
        bytes = bytes.subarray(0, kept);
      }
      checkContent(plan, direction, offset, bytes);
      this.#world.clock.move();
      offset += bytes.length;
      this.#world.bytes += bytes.length;
      recycle(bytes);
      if (pauses < maximumPauses && await this.#pause(random, course.readPause, course.pauseMs)) pauses++;
    }
    if (offset !== course.total) throw new Error(`Stream ${plan.seed} ended after ${offset} of ${course.total} bytes`);
  }

  async #send(stream: Stream, course: Course, random: Random): Promise<void> {
    for (let number = 0; number < course.total; number++) {
      const message = new Uint8Array(4 + random.skewed(0, 2000)).fill(number);
      new DataView(message.buffer).setUint32(0, number, true);
      stream.send(message);
      message.fill(0);
      await this.#pause(random, course.writePause, course.pauseMs);
    }
    await stream.end();
  }

  async #receive(stream: Stream, course: Course): Promise<void> {
    let next = 0;
    let count = 0;
    for (let message = await stream.receive(); message !== null; message = await stream.receive()) {
      const number = new DataView(message.buffer, message.byteOffset).getUint32(0, true);
      if (number < next) throw new Error("A message came twice or out of order");
      if (message.subarray(4).some((byte) => byte !== number % 256)) throw new Error("A message is wrong");
      next = number + 1;
      count++;
    }
    const dropped = course.total - count;
    this.#world.messages += count;
    this.#world.messagesDropped += dropped;
    if (stream.dropped < dropped) throw new Error(`${dropped} messages are missing, ${stream.dropped} were counted`);
  }

  /** Pauses, or not; tells which. */
  async #pause(random: Random, probability: number, pauseMs: number): Promise<boolean> {
    if (!random.chance(probability)) return false;
    await this.#world.clock.sleep(random.next() * pauseMs);
    return true;
  }
}
