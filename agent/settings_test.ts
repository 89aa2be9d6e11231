import assert from "node:assert/strict";
import { parseOptions } from "./options.ts";
import { readSettings } from "./settings.ts";

const complete = {
  MIRRORD_AGENT_TOKEN_HASH: "ab".repeat(32),
  MIRRORD_AGENT_MODE: "targeted",
  MIRRORD_AGENT_TARGET_PID: "42",
};
const read = (variables: Record<string, string>) => readSettings((name) => variables[name], parseOptions([]));

Deno.test("readSettings fills in defaults", async () => {
  assert.deepEqual(await read(complete), {
    tokenHash: new Uint8Array(32).fill(0xab),
    mode: "targeted",
    pid: 42,
    sharesNetwork: false,
    communicationTimeoutMs: 30_000,
    stays: false,
    tls: null,
    isInsecure: false,
    dns: {},
    captureInterface: null,
    log: { level: "info", json: false },
  });
});

Deno.test("readSettings reads everything", async () => {
  const settings = await read({
    ...complete,
    MIRRORD_AGENT_SHARES_NETWORK: "1",
    MIRRORD_AGENT_COMMUNICATION_TIMEOUT: "5",
    MIRRORD_AGENT_DNS_TIMEOUT: "2",
    MIRRORD_AGENT_DNS_ATTEMPTS: "3",
    MIRRORD_AGENT_NETWORK_INTERFACE: "lo",
    MIRRORD_AGENT_JSON_LOG: "true",
    RUST_LOG: "mirrord=debug,warn",
  });
  assert.equal(settings.sharesNetwork, true);
  assert.equal(settings.communicationTimeoutMs, 5_000);
  assert.deepEqual(settings.dns, { timeoutMs: 2_000, attempts: 3 });
  assert.equal(settings.captureInterface, "lo");
  assert.deepEqual(settings.log, { level: "debug", json: true });
});

Deno.test("readSettings wants no process without a target", async () => {
  const { MIRRORD_AGENT_TOKEN_HASH } = complete;
  assert.equal((await read({ MIRRORD_AGENT_TOKEN_HASH, MIRRORD_AGENT_MODE: "targetless" })).pid, null);
});

Deno.test("readSettings says what is wrong", async () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ MIRRORD_AGENT_TOKEN_HASH: "abc" }, /MIRRORD_AGENT_TOKEN_HASH/],
    [{ MIRRORD_AGENT_MODE: "sideways" }, /"sideways", not one of targeted, ephemeral, targetless/],
    [{ MIRRORD_AGENT_TARGET_PID: "" }, /MIRRORD_AGENT_TARGET_PID is missing/],
    [{ MIRRORD_AGENT_TARGET_PID: "4x" }, /MIRRORD_AGENT_TARGET_PID is "4x"/],
    [{ MIRRORD_AGENT_COMMUNICATION_TIMEOUT: "0" }, /not a positive whole number/],
  ];
  for (const [change, message] of wrong) await assert.rejects(read({ ...complete, ...change }), message);
});

Deno.test("readSettings reads the certificate", async () => {
  const variable = (name: string) => (complete as Record<string, string>)[name];
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "PEM");
    const settings = await readSettings(variable, parseOptions(["--tls-cert", file, "--tls-key", file]));
    assert.deepEqual(settings.tls, { cert: "PEM", key: "PEM" });
  } finally {
    await Deno.remove(file);
  }
  const missing = parseOptions(["--tls-cert", "/nowhere/cert", "--tls-key", "/nowhere/key"]);
  await assert.rejects(readSettings(variable, missing), /the TLS certificate cannot be read: .*\/nowhere/);
});
