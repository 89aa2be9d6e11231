import assert from "node:assert/strict";
import { makeToken, tokenHash, uniqueName } from "./token.ts";

Deno.test("tokens are 64 hex digits, each another", () => {
  const texts = [makeToken(), makeToken()].map((token) => new TextDecoder().decode(token));
  for (const text of texts) assert.match(text, /^[0-9a-f]{64}$/);
  assert.notEqual(texts[0], texts[1]);
});

Deno.test("the hash is the one that sha256sum prints", async () => {
  const hash = await tokenHash(new TextEncoder().encode("secret"));
  assert.equal(hash, "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b");
});

Deno.test("names are valid in Kubernetes and unique", () => {
  const names = new Set(Array.from({ length: 100 }, () => uniqueName("mirrord-agent")));
  assert.equal(names.size, 100);
  for (const name of names) assert.match(name, /^mirrord-agent-[a-z0-9]{10}$/);
});
