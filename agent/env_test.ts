import assert from "node:assert/strict";
import { parseEnviron, withoutOurs } from "./env.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (variables: Uint8Array[]) => variables.map((variable) => new TextDecoder().decode(variable));

Deno.test("parseEnviron keeps order, empty values and equals signs", () => {
  assert.deepEqual(texts(parseEnviron(bytes("B=2\0A=\0URL=a=b&c=d\0"))), ["B=2", "A=", "URL=a=b&c=d"]);
});

Deno.test("parseEnviron leaves out what is no variable", () => {
  assert.deepEqual(texts(parseEnviron(bytes("nginx: master process\0=x\0\0\0A=1"))), ["A=1"]);
  assert.deepEqual(parseEnviron(new Uint8Array()), []);
});

Deno.test("parseEnviron keeps bytes that are no text", () => {
  assert.deepEqual(parseEnviron(Uint8Array.of(0x41, 0x3d, 0xff, 0)), [Uint8Array.of(0x41, 0x3d, 0xff)]);
});

Deno.test("withoutOurs hides what makes the agent", () => {
  const variables = ["MIRRORD_AGENT_MODE=targetless", "DENO_DIR=/x", "MY_DENO_DIR=/y", "PATH=/bin"].map(bytes);
  assert.deepEqual(texts(withoutOurs(variables)), ["MY_DENO_DIR=/y", "PATH=/bin"]);
});
