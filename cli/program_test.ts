/** The command line as a user meets it: each case starts the real entry. */
import assert from "node:assert/strict";
import { openStage, type RunOptions } from "./session/testing/stage.ts";
import { version } from "./version.ts";

async function mirrord(words: string[], options: RunOptions = {}) {
  await using stage = await openStage();
  return await stage.run(words, options);
}

Deno.test("--version prints exactly the name and the version, which is that of deno.json", async () => {
  const { stdout, stderr, code } = await mirrord(["--version"]);
  assert.deepEqual([stdout, stderr, code], [`mirrord ${version}\n`, "", 0]);
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal(JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url))).version, version);
});

Deno.test("help lists commands and flags on stdout, and hides what is hidden", async () => {
  const root = await mirrord(["--help"]);
  assert.equal(root.code, 0);
  assert.match(root.stdout, /^ {2}exec .*\n {2}status .*\n {2}stop /m);
  assert.doesNotMatch(root.stdout, /extract|intproxy/);
  const exec = await mirrord(["exec", "--help"]);
  assert.equal(exec.code, 0);
  for (const flag of ["-t, --target", "-f, --config-file", "--steal", "--fs-mode", "-e, --ephemeral-container"]) {
    assert.ok(exec.stdout.includes(flag), flag);
  }
  assert.doesNotMatch(exec.stdout, /tcp-steal|certificates-accepted/);
});

Deno.test("a command line that cannot be understood ends with 2 and a hint", async () => {
  const cases: [string[], RegExp][] = [
    [["exec"], /missing required argument 'binary'/],
    [["exec", "--nosuch", "x"], /unknown option '--nosuch'/],
    [["exec", "--stea", "x"], /Did you mean --steal\?/],
    [["exce"], /Did you mean exec\?/],
    [["exec", "-c=maybe", "true"], /-c takes true or false/],
    [["exec", "--agent-ttl", "long", "true"], /expected a whole number up to 65535, got `long`/],
    [["exec", "-t"], /argument missing/],
    [["stop"], /missing required argument 'id'/],
  ];
  for (const [words, message] of cases) {
    const { code, stdout, stderr } = await mirrord(words);
    assert.equal(code, 2, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /For more information, try `mirrord[a-z ]* --help`\./);
  }
  assert.equal((await mirrord([])).code, 2);
});

Deno.test("errors end with 1, a short cause and help", async () => {
  const cases: [string[], RegExp][] = [
    [["exec", "no-such-program-here"], /^Error: the program `no-such-program-here` was not found in PATH\nhelp: /m],
    [
      ["exec", "-t", "bear", "true"],
      /^Error: the configuration cannot be used:\n.*- --target: invalid target `bear`: /m,
    ],
    [
      ["exec", "-f", "/nonexistent.json", "true"],
      /the configuration file cannot be read: there is no such file\nhelp: /,
    ],
    [
      ["exec", "--env-file", "/nonexistent", "true"],
      /the file of variables `\/nonexistent` cannot be used\n +because: /,
    ],
    [["stop", "abcd"], /^Error: there is no session `abcd`\nhelp: List the sessions: mirrord status\n$/],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await mirrord(words, { env: { MIRRORD_PROGRESS_MODE: "off" } });
    assert.equal(code, 1, words.join(" "));
    assert.match(stderr, message);
  }
});

Deno.test("words after the program are the program's, with and without --", async () => {
  const words = ["-t", "pod/y", "--steal", "-c=true", "--", "-f"];
  const echo = ["printf", "%s|", ...words];
  const env = { MIRRORD_PROGRESS_MODE: "off" };
  for (
    const prefix of [["exec"], ["exec", "--"], ["exec", "-t", "pod/x"], ["exec", "-c", "--"], ["exec", "-ctpod/x"]]
  ) {
    const { stdout, stderr, code } = await mirrord([...prefix, ...echo], { env });
    assert.deepEqual([stdout, stderr, code], [words.map((word) => `${word}|`).join(""), "", 0], prefix.join(" "));
  }
});

Deno.test("flags beat variables, and variables beat the file", async () => {
  await using stage = await openStage();
  const config = {
    target: "pod/file",
    accept_invalid_certificates: true,
    feature: { fs: "write" },
    agent: { ttl: 5, namespace: "file" },
  };
  await Deno.writeTextFile(`${stage.folder}/config.json`, JSON.stringify(config));
  const env = {
    MIRRORD_CONFIG_FILE: `${stage.folder}/config.json`,
    MIRRORD_IMPERSONATED_TARGET: "pod/variable",
    MIRRORD_AGENT_NAMESPACE: "variable",
  };
  await stage.run(["exec", "-t", "pod/flag", "-c=false", "--tcp-steal", "--no-remote-dns", "true"], { env });
  const { config: resolved } = await stage.order() as { config: Record<string, never> };
  assert.deepEqual(resolved.target, { path: "pod/flag", namespace: null });
  assert.equal(resolved.accept_invalid_certificates, false);
  const { agent, feature } = resolved as Record<string, Record<string, Record<string, unknown>>>;
  assert.deepEqual([agent!.namespace, agent!.ttl], ["variable", 5]);
  assert.equal(feature!.fs!.mode, "write");
  assert.deepEqual(feature!.network!.dns, { enabled: false, filter: null });
  assert.equal((feature!.network!.incoming as Record<string, unknown>).mode, "steal");
});

Deno.test("a bare -f means ./.mirrord/mirrord.json, and -f FILE beats MIRRORD_CONFIG_FILE", async () => {
  await using stage = await openStage();
  await Deno.mkdir(`${stage.folder}/.mirrord`);
  await Deno.writeTextFile(`${stage.folder}/.mirrord/mirrord.json`, '{"target": "pod/bare"}');
  await Deno.writeTextFile(`${stage.folder}/other.yaml`, "target: pod/other");
  const target = async (...words: string[]) => {
    const env = { MIRRORD_CONFIG_FILE: "/nonexistent.json", MIRRORD_PROGRESS_MODE: "off" };
    const { code, stderr } = await stage.run(["exec", ...words, "true"], { env, cwd: stage.folder });
    assert.equal(code, 0, stderr);
    return ((await stage.order()).config as { target: { path: string } }).target.path;
  };
  assert.equal(await target("-f", "--"), "pod/bare");
  assert.equal(await target("-f", "--steal"), "pod/bare");
  assert.equal(await target("-f", "other.yaml"), "pod/other");
});

Deno.test("extract writes the layer into a folder, which it makes", async () => {
  await using stage = await openStage();
  const layer = crypto.getRandomValues(new Uint8Array(100));
  await Deno.writeFile(`${stage.folder}/libmirrord_layer.so`, layer);
  const folder = `${stage.folder}/new/folder`;
  const { stdout, code } = await stage.run(["extract", folder]);
  assert.deepEqual([stdout, code], [`${folder}/libmirrord_layer.so\n`, 0]);
  assert.deepEqual(await Deno.readFile(`${folder}/libmirrord_layer.so`), layer);
});

Deno.test("status and stop speak with the sessions of this user", async () => {
  await using stage = await openStage();
  const env = { XDG_RUNTIME_DIR: stage.folder };
  const { advertise } = await import("./session/advertisement.ts");
  const session = {
    id: "0123456789abcdef",
    version,
    target: "pod/x",
    command: ["sleep", "9"],
    programPid: 42,
    proxyPid: 41,
    startedMs: Date.now(),
    holder: "me@here",
    logPath: null,
  };
  let stops = 0;
  const advertisement = advertise({ folder: `${stage.folder}/mirrord`, info: session, onStop: () => void stops++ });
  const status = await stage.run(["status"], { env });
  assert.match(status.stdout, /^0123456789abcdef {2}pod\/x {3}42 .*sleep 9$/m);
  assert.deepEqual(JSON.parse((await stage.run(["status", "-o", "json"], { env })).stdout), [session]);
  const stopped = await stage.run(["stop", "0123"], { env });
  assert.deepEqual([stopped.stdout, stops], ["Stopped 0123456789abcdef (pod/x).\n", 1]);
  advertisement.close();
});
