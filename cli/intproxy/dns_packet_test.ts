import assert from "node:assert/strict";
import { decodeResponse, encodeQuery } from "../../agent/dns/message.ts";
import { addressResponse, questionOf } from "./dns_packet.ts";

const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const bytes = (...tail: number[]) => Uint8Array.from([...header, ...tail]);

Deno.test("the name of a question is read label by label", () => {
  assert.deepEqual(questionOf(bytes(2, 0x64, 0x62, 1, 0x78, 0, 0, 1, 0, 1)), { name: "db.x", type: 1, end: 22 });
  assert.deepEqual(questionOf(bytes(0, 0, 2, 0, 1)), { name: "", type: 2, end: 17 });
});

Deno.test("what has no question, or ends within it, has no name", () => {
  for (const message of [bytes(), bytes(5, 0x61), bytes(0xc0, 12, 0, 0, 0, 0), bytes(1, 0x61), new Uint8Array(3)]) {
    assert.equal(questionOf(message), null);
  }
  const none = bytes(1, 0x61, 0, 0, 1, 0, 1);
  none[5] = 0;
  assert.equal(questionOf(none), null);
});

Deno.test("an answer has the addresses that are asked for, and no more", () => {
  const addresses = [Uint8Array.of(10, 0, 0, 1), new Uint8Array(16).fill(1), Uint8Array.of(10, 0, 0, 2)];
  for (const [type, expected] of [[1, [addresses[0], addresses[2]]], [28, [addresses[1]]], [33, []]] as const) {
    // EDNS asks for a record of its own, which may be left out.
    const query = encodeQuery(0x1234, { name: "db.internal", type }, true);
    const response = decodeResponse(addressResponse(query, questionOf(query)!, addresses))!;
    assert.deepEqual([response.id, response.code, response.question], [0x1234, 0, { name: "db.internal", type }]);
    assert.deepEqual(response.answers.map(({ address }) => address), expected);
  }
});
