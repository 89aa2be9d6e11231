import assert from "node:assert/strict";
import { parseOptions } from "./options.ts";

Deno.test("parseOptions wants nothing", () => {
  assert.deepEqual(parseOptions([]), { tls: null, tokenFile: null, insecure: false, stay: false });
});

Deno.test("parseOptions takes everything", () => {
  const words = ["--stay", "--tls-key", "k.pem", "--insecure", "--tls-cert", "c.pem", "--token-file", "t"];
  assert.deepEqual(parseOptions(words), {
    tls: { certFile: "c.pem", keyFile: "k.pem" },
    tokenFile: "t",
    insecure: true,
    stay: true,
  });
});

Deno.test("parseOptions says what is wrong", () => {
  assert.throws(() => parseOptions(["--tls"]), /there is no option --tls$/);
  assert.throws(() => parseOptions(["--tls-cert"]), /--tls-cert needs the name of a file/);
  assert.throws(() => parseOptions(["--tls-cert", "c.pem"]), /--tls-cert and --tls-key go together/);
});
