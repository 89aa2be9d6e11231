import assert from "node:assert/strict";
import { decode, DecodeError, encode } from "../../protocol/schema.ts";
import { fromJson, toJson } from "./json_value.ts";
import { samples } from "./samples.ts";
import { runZigTest } from "./zig.ts";
import { joints, type MalformedVector, readVectors, type Vector } from "./vectors.ts";

for (const joint of ["layer", "agent"] as const) {
  Deno.test(`the ${joint} messages keep the bytes of the golden vectors`, async () => {
    const vectors = await readVectors<Vector>(joint);
    for (const { message, value, hex } of vectors) {
      const schema = joints[joint][message];
      assert.equal(encode(schema, fromJson(schema, value)).toHex(), hex, message);
      assert.deepEqual(toJson(schema, decode(schema, Uint8Array.fromHex(hex))), value, message);
    }
  });

  Deno.test(`the golden vectors hold every ${joint} message with every edge`, async () => {
    const vectors = await readVectors<Vector>(joint);
    for (const [message, schema] of Object.entries(joints[joint])) {
      const found = vectors.filter((vector) => vector.message === message).map((vector) => vector.hex);
      const wanted = samples(schema).map((value) => encode(schema, value).toHex());
      assert.deepEqual(wanted.filter((hex) => !found.includes(hex)), [], message);
    }
  });

  Deno.test(`no ${joint} message can be cut short unnoticed`, async () => {
    for (const { message, hex } of await readVectors<Vector>(joint)) {
      const whole = Uint8Array.fromHex(hex);
      const step = Math.max(1, Math.floor(whole.length / 64));
      for (let length = 0; length < whole.length; length += step) {
        assert.throws(() => decode(joints[joint][message], whole.subarray(0, length)), DecodeError);
      }
    }
  });
}

Deno.test("malformed bytes are refused by name", async () => {
  for (const { message, why, hex, fault } of await readVectors<MalformedVector>("malformed")) {
    assert.throws(
      () => decode(joints.layer[message], Uint8Array.fromHex(hex)),
      (error) => error instanceof DecodeError && error.fault === fault,
      `${message}: ${why}`,
    );
  }
});

Deno.test("the layer reads and writes the same bytes (golden_test.zig)", async () => {
  await runZigTest(new URL("./golden_test.zig", import.meta.url), ["protocol"]);
});
