/** Every decoder on hostile bytes: a named error or a value that has exactly these bytes, soon, and without much memory. */
import assert from "node:assert/strict";
import { decodeConfigFile } from "../../protocol/layer/config_file.ts";
import { decode, DecodeError, encode, type Schema } from "../../protocol/schema.ts";
import { joints, readVectors, type Vector } from "../golden/vectors.ts";
import { mutate } from "./mutate.ts";
import { fuzzRun, type Random } from "./random.ts";

/** Far more than a decoder needs for a message; a whole run is timed, as a single decoding may wait for a busy machine. */
const longestMsPerMessage = 5;

for (const joint of ["layer", "agent"] as const) {
  Deno.test(`no bytes confuse a decoder of the ${joint} messages`, async () => {
    const vectors = await readVectors<Vector>(joint);
    const schemas = Object.entries(joints[joint]);
    const { random, rounds } = fuzzRun(30_000);
    const started = performance.now();
    let accepted = 0;
    for (let round = 0; round < rounds; round++) {
      const [name, bytes] = hostileMessage(vectors, schemas, random);
      if (decodesTo(joints[joint][name], bytes, `${name} ${bytes.toHex()}`)) accepted++;
    }
    // Mutations that only change a number leave a valid message: if none did, the fuzzer would be testing nothing.
    assert.ok(accepted > 0);
    assert.ok(performance.now() - started < rounds * longestMsPerMessage);
  });
}

Deno.test("no bytes confuse the decoder of the configuration file", () => {
  const { random, rounds } = fuzzRun(3_000);
  const header = Uint8Array.from([...new TextEncoder().encode("MIRRORDL"), 1, 0, 0, 0]);
  for (let round = 0; round < rounds; round++) {
    const file = mutate(Uint8Array.from([...header, 20, 0, 0, 0, ...random.bytes(20)]), random);
    assert.throws(() => decodeConfigFile(file), DecodeError);
  }
});

Deno.test("a hostile count allocates nothing", () => {
  const reply = Uint8Array.fromHex("0000000000000000ffffffff");
  const table = Uint8Array.fromHex(`${"00".repeat(256)}0100ffffffff`);
  const before = Deno.memoryUsage();
  for (let round = 0; round < 1_000; round++) {
    assert.throws(() => decode(joints.layer.ResolveReply, reply), DecodeError);
    assert.throws(() => decode(joints.layer.PathRules, table), DecodeError);
  }
  const after = Deno.memoryUsage();
  assert.ok(after.heapUsed + after.external - before.heapUsed - before.external < 64 * 1024 * 1024);
});

function hostileMessage(
  vectors: Vector[],
  schemas: [string, Schema<unknown>][],
  random: Random,
): [name: string, bytes: Uint8Array] {
  if (random.below(4) === 0) return [random.pick(schemas)[0], random.bytes(random.below(random.pick([8, 64, 1024])))];
  const vector = random.pick(vectors);
  return [vector.message, mutate(Uint8Array.fromHex(vector.hex), random)];
}

/** Whether the bytes were accepted; then they must be the one encoding of the value. */
function decodesTo(schema: Schema<unknown>, bytes: Uint8Array, what: string): boolean {
  try {
    const value = decode(schema, bytes);
    assert.ok(leavesIn(value) <= bytes.length + 64, `${what}: more values than bytes`);
    assert.deepEqual(encode(schema, value), Uint8Array.from(bytes), what);
    return true;
  } catch (error) {
    assert.ok(error instanceof DecodeError, `${what}: ${error}`);
    return false;
  }
}

function leavesIn(value: unknown): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return 1;
  return Object.values(value).reduce((sum: number, child) => sum + leavesIn(child), 0);
}
