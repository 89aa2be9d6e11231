import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeResponse, encodeQuery, isValidName, recordType } from "./message.ts";

/** A response to `a.test`, A: header, question, then what is given. */
function response(counts: [number, number], rest: number[], flags = 0x8180): Uint8Array {
  const question = [1, 0x61, 4, 0x74, 0x65, 0x73, 0x74, 0, 0, 1, 0, 1];
  return Uint8Array.of(0, 7, flags >> 8, flags & 0xff, 0, 1, 0, counts[0], 0, counts[1], 0, 0, ...question, ...rest);
}

Deno.test("encodeQuery writes what RFC 1035 wants", () => {
  const query = encodeQuery(0x1234, { name: "www.example", type: recordType.aaaa }, false);
  assert.equal(query.toHex(), "12340100000100000000000003777777076578616d706c6500001c0001");
  const extended = encodeQuery(1, { name: "a", type: recordType.a }, true);
  assert.equal(extended.toHex(), "000101000001000000000001016100000100010000290" + "4d0000000000000");
});

Deno.test("decodeResponse reads addresses and follows pointers", () => {
  const message = response([2, 0], [
    ...[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 0x62, 0xc0, 14],
    ...[1, 0x62, 0xc0, 14, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 1, 2, 3, 4],
  ]);
  assert.deepEqual(decodeResponse(message)!.answers, [
    { name: "a.test", type: 5, ttlSeconds: 60, target: "b.test" },
    { name: "b.test", type: 1, ttlSeconds: 30, address: Uint8Array.of(1, 2, 3, 4) },
  ]);
});

Deno.test("decodeResponse tells how long a negative answer holds", () => {
  const soa = [0xc0, 14, 0, 6, 0, 1, 0, 0, 1, 0, 0, 24, 0xc0, 14, 0xc0, 14, ...new Array(16).fill(9), 0, 0, 0, 5];
  assert.equal(decodeResponse(response([0, 1], soa, 0x8183))!.negativeTtlSeconds, 5);
});

Deno.test("decodeResponse keeps what came before nonsense", () => {
  const loop = response([1, 0], [0xc0, 24, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 1, 2, 3, 4]);
  assert.deepEqual(decodeResponse(loop)!.answers, []);
  assert.deepEqual(decodeResponse(loop)!.question, { name: "a.test", type: 1 });
  const short = response([1, 0], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 1]);
  assert.deepEqual(decodeResponse(short)!.answers, []);
});

Deno.test("decodeResponse takes no queries", () => {
  assert.equal(decodeResponse(encodeQuery(1, { name: "a", type: 1 }, false)), null);
  assert.equal(decodeResponse(new Uint8Array(11)), null);
});

Deno.test("decodeResponse never throws, whatever comes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
    if (bytes.length > 2) bytes[2] |= 0x80;
    decodeResponse(bytes);
  }));
});

Deno.test("isValidName knows the limits of names", () => {
  for (const name of ["a", "a.b", "_dns._udp.test", `${"x".repeat(63)}.test`]) {
    assert.equal(isValidName(name), true, name);
  }
  for (const name of ["", ".", "a..b", ".a", `${"x".repeat(64)}.test`, "a.".repeat(127) + "a"]) {
    assert.equal(isValidName(name), false, name);
  }
});
