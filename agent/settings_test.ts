import assert from "node:assert/strict";
import { readSettings } from "./settings.ts";

const complete = {
  MIRRORD_AGENT_TOKEN_HASH: "ab".repeat(32),
  MIRRORD_AGENT_MODE: "targeted",
  MIRRORD_AGENT_TARGET_PID: "42",
};
const read = (variables: Record<string, string>) => readSettings((name) => variables[name]);

Deno.test("readSettings fills in defaults", () => {
  assert.deepEqual(read(complete), {
    tokenHash: new Uint8Array(32).fill(0xab),
    mode: "targeted",
    pid: 42,
    sharesNetwork: false,
    communicationTimeoutMs: 30_000,
    dns: {},
  });
});

Deno.test("readSettings reads everything", () => {
  const settings = read({
    ...complete,
    MIRRORD_AGENT_SHARES_NETWORK: "1",
    MIRRORD_AGENT_COMMUNICATION_TIMEOUT: "5",
    MIRRORD_AGENT_DNS_TIMEOUT: "2",
    MIRRORD_AGENT_DNS_ATTEMPTS: "3",
  });
  assert.equal(settings.sharesNetwork, true);
  assert.equal(settings.communicationTimeoutMs, 5_000);
  assert.deepEqual(settings.dns, { timeoutMs: 2_000, attempts: 3 });
});

Deno.test("readSettings wants no process without a target", () => {
  const { MIRRORD_AGENT_TOKEN_HASH } = complete;
  assert.equal(read({ MIRRORD_AGENT_TOKEN_HASH, MIRRORD_AGENT_MODE: "targetless" }).pid, null);
});

Deno.test("readSettings says what is wrong", () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ MIRRORD_AGENT_TOKEN_HASH: "abc" }, /MIRRORD_AGENT_TOKEN_HASH/],
    [{ MIRRORD_AGENT_MODE: "sideways" }, /"sideways", not one of targeted, ephemeral, targetless/],
    [{ MIRRORD_AGENT_TARGET_PID: "" }, /MIRRORD_AGENT_TARGET_PID is missing/],
    [{ MIRRORD_AGENT_TARGET_PID: "4x" }, /MIRRORD_AGENT_TARGET_PID is "4x"/],
    [{ MIRRORD_AGENT_COMMUNICATION_TIMEOUT: "0" }, /not a positive whole number/],
  ];
  for (const [change, message] of wrong) assert.throws(() => read({ ...complete, ...change }), message);
});
