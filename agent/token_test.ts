import assert from "node:assert/strict";
import { readTokenHash } from "./token.ts";

const sha256OfSecret = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const read = async (variables: Record<string, string>, file: string | null = null) =>
  (await readTokenHash((name) => variables[name], file)).toHex();

Deno.test("readTokenHash takes the token or its hash", async () => {
  assert.equal(await read({ MIRRORD_AGENT_TOKEN: "secret" }), sha256OfSecret);
  assert.equal(await read({ MIRRORD_AGENT_TOKEN_HASH: sha256OfSecret.toUpperCase() }), sha256OfSecret);
});

Deno.test("readTokenHash prefers the file", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "secret\n");
    assert.equal(await read({ MIRRORD_AGENT_TOKEN: "another" }, file), sha256OfSecret);
    await Deno.writeTextFile(file, "\n");
    await assert.rejects(read({}, file), /is empty/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("readTokenHash says what is wrong", async () => {
  await assert.rejects(read({}), /the token is missing: .*--token-file.*MIRRORD_AGENT_TOKEN/);
  await assert.rejects(read({ MIRRORD_AGENT_TOKEN: " " }), /the token in MIRRORD_AGENT_TOKEN is empty/);
  await assert.rejects(read({ MIRRORD_AGENT_TOKEN_HASH: "abc" }), /MIRRORD_AGENT_TOKEN_HASH/);
  await assert.rejects(read({}, "/nowhere/token"), /the token cannot be read: .*\/nowhere\/token/);
});
