import assert from "node:assert/strict";
import { questionName } from "./dns_packet.ts";

const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const bytes = (...tail: number[]) => Uint8Array.from([...header, ...tail]);

Deno.test("the name of a question is read label by label", () => {
  assert.equal(questionName(bytes(2, 0x64, 0x62, 1, 0x78, 0, 0, 1, 0, 1)), "db.x");
  assert.equal(questionName(bytes(0, 0, 2, 0, 1)), "");
});

Deno.test("what has no question, or ends within it, has no name", () => {
  for (const message of [bytes(), bytes(5, 0x61), bytes(0xc0, 12, 0), bytes(1, 0x61), new Uint8Array(3)]) {
    assert.equal(questionName(message), null);
  }
  const none = bytes(1, 0x61, 0);
  none[5] = 0;
  assert.equal(questionName(none), null);
});
