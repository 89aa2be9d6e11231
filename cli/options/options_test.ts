import assert from "node:assert/strict";
import { command } from "../commands/exec.ts";
import { attributeName, overridesOf } from "./overrides.ts";
import { sessionFlags } from "./session_flags.ts";
import { programIndex, withCertificateValue } from "./words.ts";

const { options } = command();

Deno.test("every flag sets its variables", () => {
  const cases: [string, string | boolean, Record<string, string>][] = [
    ["target", "pod/x", { MIRRORD_IMPERSONATED_TARGET: "pod/x" }],
    ["targetNamespace", "n", { MIRRORD_TARGET_NAMESPACE: "n" }],
    ["agentNamespace", "n", { MIRRORD_AGENT_NAMESPACE: "n" }],
    ["agentLogLevel", "debug", { MIRRORD_AGENT_RUST_LOG: "debug" }],
    ["agentImage", "i", { MIRRORD_AGENT_IMAGE: "i" }],
    ["agentTtl", "5", { MIRRORD_AGENT_TTL: "5" }],
    ["agentStartupTimeout", "9", { MIRRORD_AGENT_STARTUP_TIMEOUT: "9" }],
    ["ephemeralContainer", true, { MIRRORD_EPHEMERAL_CONTAINER: "true" }],
    ["fsMode", "local-with-overrides", { MIRRORD_FILE_MODE: "localwithoverrides" }],
    ["overrideEnvVarsExclude", "A;B", { MIRRORD_OVERRIDE_ENV_VARS_EXCLUDE: "A;B" }],
    ["overrideEnvVarsInclude", "A", { MIRRORD_OVERRIDE_ENV_VARS_INCLUDE: "A" }],
    ["remoteDns", false, { MIRRORD_REMOTE_DNS: "false" }],
    ["skipProcesses", "a;b", { MIRRORD_SKIP_PROCESSES: "a;b" }],
    ["acceptInvalidCertificates", true, { MIRRORD_ACCEPT_INVALID_CERTIFICATES: "true" }],
    ["steal", true, { MIRRORD_AGENT_TCP_STEAL_TRAFFIC: "true" }],
    ["tcpSteal", true, { MIRRORD_AGENT_TCP_STEAL_TRAFFIC: "true" }],
    ["outgoing", false, { MIRRORD_TCP_OUTGOING: "false", MIRRORD_UDP_OUTGOING: "false" }],
    ["tcpOutgoing", false, { MIRRORD_TCP_OUTGOING: "false" }],
    ["udpOutgoing", false, { MIRRORD_UDP_OUTGOING: "false" }],
    ["telemetry", false, { MIRRORD_TELEMETRY: "false" }],
    ["context", "c", { MIRRORD_KUBE_CONTEXT: "c" }],
    ["envFile", "p", { MIRRORD_OVERRIDE_ENV_VARS_FILE: "p" }],
    ["key", "k", { MIRRORD_KEY: "k" }],
    ["disableVersionCheck", true, { MIRRORD_CHECK_VERSION: "false" }],
  ];
  for (const [name, value, variables] of cases) {
    const overrides = Object.entries(overridesOf(sessionFlags, { [name]: value }));
    assert.deepEqual(Object.fromEntries(overrides.map(([variable, { value }]) => [variable, value])), variables);
  }
  assert.deepEqual(cases.map(([name]) => name).sort(), sessionFlags.map(attributeName).sort());
});

Deno.test("an override knows its flag, for messages", () => {
  const target = { MIRRORD_IMPERSONATED_TARGET: { value: "pod/x", flag: "--target" } };
  assert.deepEqual(overridesOf(sessionFlags, { target: "pod/x" }), target);
  const telemetry = { MIRRORD_TELEMETRY: { value: "false", flag: "--no-telemetry" } };
  assert.deepEqual(overridesOf(sessionFlags, { telemetry: false }), telemetry);
});

Deno.test("flags that are not given set nothing", () => {
  assert.deepEqual(
    overridesOf(sessionFlags, { outgoing: true, remoteDns: true, telemetry: true, steal: undefined }),
    {},
  );
});

Deno.test("numbers are checked", () => {
  for (const agentTtl of ["x", "-1", "70000", "1.5", ""]) {
    assert.throws(() => overridesOf(sessionFlags, { agentTtl }), { message: /expected a whole number up to 65535/ });
  }
});

Deno.test("programIndex() finds the program behind all kinds of options", () => {
  const cases: [string[], number][] = [
    [["node", "app.js"], 0],
    [["-t", "pod/x", "node"], 2],
    [["--target", "pod/x", "node", "-t", "y"], 2],
    [["--target=pod/x", "node"], 1],
    [["-tpod/x", "node"], 1],
    [["-ec", "node"], 1],
    [["-et", "pod/x", "node"], 2],
    [["-c", "--target", "t", "node"], 3],
    [["-f", "-t", "x", "node"], 3],
    [["-f", "file", "node"], 2],
    [["--", "-t"], 1],
    [["-c", "--", "echo", "x"], 2],
    [["--steal"], 1],
    [[], 0],
  ];
  for (const [words, index] of cases) assert.equal(programIndex(words, options), index, words.join(" "));
});

Deno.test("withCertificateValue() leaves the program's words alone", () => {
  const rewrite = (...words: string[]) => withCertificateValue(words, options);
  assert.deepEqual(rewrite("-c=false", "node", "-c=true"), ["--certificates-accepted=false", "node", "-c=true"]);
  assert.deepEqual(rewrite("--accept-invalid-certificates=true", "x"), ["--certificates-accepted=true", "x"]);
  assert.deepEqual(rewrite("--", "-c=true"), ["--", "-c=true"]);
});
