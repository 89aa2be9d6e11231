import assert from "node:assert/strict";
import { loadConfig } from "../../config/load.ts";
import { injectLayer, mapValues, programEnvironment, selectRemote, wantsRemote } from "./environment.ts";

/** `feature.env` as a configuration file gives it. */
async function section(env: unknown, variables: Record<string, string> = {}) {
  const text = JSON.stringify({ feature: { env } });
  const options = {
    file: "x.json",
    variables: (name: string) => variables[name],
    readText: () => Promise.resolve(text),
  };
  return (await loadConfig(options)).config.feature.env;
}

const map = (variables: Record<string, string>) => new Map(Object.entries(variables));
const plain = (variables: ReadonlyMap<string, string>) => Object.fromEntries(variables);

Deno.test("all remote variables reach the program, and beat local ones of the same name", async () => {
  const sources = { local: map({ A: "local", B: "local" }), remote: map({ A: "remote", C: "remote" }), file: null };
  assert.deepEqual(plain(programEnvironment(sources, await section(true))), { A: "remote", B: "local", C: "remote" });
});

Deno.test("feature.env false takes none", async () => {
  const sources = { local: map({ A: "local" }), remote: map({ A: "remote", C: "remote" }), file: null };
  const env = await section(false);
  assert.deepEqual(plain(programEnvironment(sources, env)), { A: "local" });
  assert.equal(wantsRemote(env), false);
  assert.equal(wantsRemote(await section(true)), true);
  assert.equal(wantsRemote(await section({ include: [] })), false);
});

Deno.test("a flag's include narrows feature.env false down", async () => {
  const env = await section(false, { MIRRORD_OVERRIDE_ENV_VARS_INCLUDE: "A" });
  assert.deepEqual(plain(selectRemote(map({ A: "1", B: "2" }), env)), { A: "1" });
  assert.equal(wantsRemote(env), true);
});

Deno.test("include and exclude know * and ?", async () => {
  const remote = map({ DB_USER: "1", DB_PASS: "2", DBX: "3", A1: "4", A12: "5", "A.1": "6" });
  const include = async (names: unknown) => Object.keys(plain(selectRemote(remote, await section({ include: names }))));
  const exclude = async (names: unknown) => Object.keys(plain(selectRemote(remote, await section({ exclude: names }))));
  assert.deepEqual(await include("DB_*"), ["DB_USER", "DB_PASS"]);
  assert.deepEqual(await include("A?;DBX"), ["DBX", "A1"]);
  assert.deepEqual(await include(["A.1", "a1"]), ["A.1"]);
  assert.deepEqual(await exclude("DB*;A?"), ["A12", "A.1"]);
  assert.deepEqual(await exclude(["DB_USER", "A*"]), ["DB_PASS", "DBX"]);
});

Deno.test("what makes no sense elsewhere is left out", async () => {
  const excluded = {
    PATH: "1",
    HOME: "1",
    HOMEPATH: "1",
    CLASSPATH: "1",
    JAVA_EXE: "1",
    JAVA_HOME: "1",
    PYTHONPATH: "1",
    BUNDLER_ORIG_PATH: "1",
    BUNDLE_PATH: "1",
    RUST_LOG: "1",
    _JAVA_OPTIONS: "1",
    LD_PRELOAD: "1",
    MIRRORD_LAYER_INTPROXY_ADDR: "1",
  };
  const remote = map({ ...excluded, PATH_INFO: "1", HOMER: "1" });
  assert.deepEqual(plain(selectRemote(remote, await section(true))), { PATH_INFO: "1", HOMER: "1" });
  assert.deepEqual(plain(selectRemote(remote, await section({ exclude: "HOMER" }))), { PATH_INFO: "1" });
});

Deno.test("an include by its full name brings a default exclusion back, a pattern does not", async () => {
  const remote = map({ PATH: "1", HOME: "2", A: "3" });
  assert.deepEqual(plain(selectRemote(remote, await section({ include: "PATH;A" }))), { PATH: "1", A: "3" });
  assert.deepEqual(plain(selectRemote(remote, await section({ include: "*" }))), { A: "3" });
  assert.deepEqual(plain(selectRemote(remote, await section({ include: "HOM?;PAT*" }))), {});
});

Deno.test("the env file beats the target, override beats the env file", async () => {
  const sources = {
    local: map({ A: "l" }),
    remote: map({ A: "r", B: "r", C: "r" }),
    file: map({ B: "f", C: "f", D: "f" }),
  };
  const env = await section({ override: { C: "o", E: "o" } });
  assert.deepEqual(plain(programEnvironment(sources, env)), { A: "r", B: "f", C: "o", D: "f", E: "o" });
});

Deno.test("mapping replaces values by name, with captures, first match first, local ones untouched", async () => {
  const sources = {
    local: map({ LOCAL_TIMEOUT: "1" }),
    remote: map({ CONNECTION_TIMEOUT: "500", LOG_FILE_VERBOSITY: "info", DATA_1234: "common", PLAIN: "p" }),
    file: null,
  };
  const mapping = {
    ".+_TIMEOUT": "10000",
    "LOG_.+_VERBOSITY": "debug",
    "^(\\w+)_(?<id>\\d+)$": "$1-${id}-$$5",
    PLAIN: "x",
  };
  const env = await section({ mapping, override: { PLAIN: "over" } });
  assert.deepEqual(plain(programEnvironment(sources, env)), {
    LOCAL_TIMEOUT: "1",
    CONNECTION_TIMEOUT: "10000",
    LOG_FILE_VERBOSITY: "debug",
    DATA_1234: "DATA-1234-$5",
    PLAIN: "over",
  });
  assert.deepEqual(plain(mapValues(map({ AB: "" }), { A: "first", B: "second" })), { AB: "first" });
});

Deno.test("unset removes in whatever case", async () => {
  const sources = { local: map({ Aws_Profile: "1", KEEP: "1" }), remote: map({ AWS_PROFILE: "2" }), file: null };
  const env = await section({ unset: ["aws_profile", "OTHER"], override: { OTHER: "1" } });
  assert.deepEqual(plain(programEnvironment(sources, env)), { KEEP: "1" });
});

Deno.test("injectLayer() keeps what is preloaded already in front", () => {
  const injection = { layer: "/layer.so", address: "@a:1", configPath: "/c", resolvedConfig: "e30=" };
  const preload = (environment: Record<string, string>) => injectLayer(map(environment), injection).get("LD_PRELOAD");
  assert.equal(preload({}), "/layer.so");
  assert.equal(preload({ LD_PRELOAD: "" }), "/layer.so");
  assert.equal(preload({ LD_PRELOAD: "/old.so /older.so" }), "/old.so /older.so:/layer.so");
  const supervised = injectLayer(map({ LD_PRELOAD: "/old.so" }), { ...injection, layer: null });
  assert.deepEqual(plain(supervised), {
    LD_PRELOAD: "/old.so",
    MIRRORD_LAYER_INTPROXY_ADDR: "@a:1",
    MIRRORD_LAYER_CONFIG: "/c",
    MIRRORD_RESOLVED_CONFIG: "e30=",
    MIRRORD_PROGRESS_MODE: "off",
  });
});
