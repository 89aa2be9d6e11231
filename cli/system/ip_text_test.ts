import assert from "node:assert/strict";
import { parseIp } from "./ip_text.ts";

Deno.test("addresses are read in every usual spelling", () => {
  const cases: [text: string, bytes: number[]][] = [
    ["10.0.255.1", [10, 0, 255, 1]],
    ["::", new Array(16).fill(0)],
    ["::1", [...new Array(15).fill(0), 1]],
    ["fd00:1::5", [0xfd, 0, 0, 1, ...new Array(11).fill(0), 5]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["::ffff:10.0.0.1", [...new Array(10).fill(0), 255, 255, 10, 0, 0, 1]],
  ];
  for (const [text, bytes] of cases) assert.deepEqual([...parseIp(text)], bytes, text);
});

Deno.test("what is no address is none", () => {
  for (const text of ["", "10.0.0", "10.0.0.256", "::1::", "1:2:3", "g::", "1:2:3:4:5:6:7:8:9", "12345::", "a.b.c.d"]) {
    assert.throws(() => parseIp(text), TypeError, text);
  }
});
