import assert from "node:assert/strict";
import { parseVariables } from "./env.ts";

Deno.test("parseVariables() keeps values with signs, the first of two, and what is not UTF-8", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const variables = parseVariables([
    ...["A=1=2", "A=3", "EMPTY=", "no sign", "=x", "__proto__=p"].map(encode),
    new Uint8Array([0x42, 0x3d, 0xff]),
  ]);
  assert.deepEqual(Object.entries(variables), [
    ["A", "1=2"],
    ["EMPTY", ""],
    ["__proto__", "p"],
    ["B", "\udcff"],
  ]);
});
