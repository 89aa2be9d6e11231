import assert from "node:assert/strict";
import type * as z from "zod";
import { configSchema } from "./config.ts";
import { factsOf, shapeOf } from "./key.ts";
import { loadConfig, type Loaded } from "./load.ts";
import { ConfigError } from "./problem.ts";

interface Given {
  text?: string;
  file?: string;
  env?: Record<string, string>;
}

function load({ text, file = "mirrord.json", env = {} }: Given): Promise<Loaded> {
  return loadConfig({
    file: text === undefined ? null : file,
    variables: (name) => env[name],
    readText: () => Promise.resolve(text!),
  });
}

/** The problems of a configuration that cannot be used, as lines. */
async function problems(given: Given): Promise<string[]> {
  const error = await load(given).then(() => assert.fail("it was accepted"), (reason) => reason);
  assert.ok(error instanceof ConfigError, String(error));
  return error.message.split("\n");
}

Deno.test("no file at all gives every key its default", async () => {
  const { config, given } = await load({});
  assert.deepEqual(given, {});
  assert.equal(config.target.path, null);
  assert.equal(config.feature.fs.mode, "read");
  assert.equal(config.feature.network.incoming.mode, "mirror");
  assert.equal(config.agent.startup_timeout, 60);
  assert.deepEqual(config.agent.tolerations, [{ operator: "Exists" }]);
  assert.deepEqual(config.skip_sip, ["git"]);
});

Deno.test("the formats say the same", async () => {
  const texts: Record<string, string> = {
    "a.json": '// comment\n{"target": "pod/x", /* more */ "feature": {"fs": "write", "env": {"unset": ["A"],}, },}',
    "a.yaml": "target: pod/x\nfeature:\n  fs: write\n  env:\n    unset: [A]\n",
    "a.yml": "{target: pod/x, feature: {fs: write, env: {unset: A}}}",
    "a.toml": 'target = "pod/x"\n[feature]\nfs = "write"\nenv.unset = ["A"]\n',
    "no-extension": '{"target": "pod/x", "feature": {"fs": "write", "env": {"unset": "A"}}}',
  };
  for (const [file, text] of Object.entries(texts)) {
    const { config } = await load({ file, text });
    assert.equal(config.target.path, "pod/x", file);
    assert.equal(config.feature.fs.mode, "write", file);
    assert.deepEqual(config.feature.env.unset, ["A"], file);
  }
});

Deno.test("an empty file is as good as none, and another extension is refused", async () => {
  for (const file of ["a.json", "a.yaml", "a.toml"]) await load({ file, text: "" });
  assert.match((await problems({ file: "a.ini", text: "" }))[0]!, /`\.ini` cannot be read; use \.json, \.yaml/);
});

Deno.test("a flag or variable beats the file, and the file the default", async () => {
  const text = '{"feature": {"fs": "local", "network": {"incoming": false}}, "agent": {"ttl": 5}}';
  const env = { MIRRORD_FILE_MODE: "write", MIRRORD_AGENT_TCP_STEAL_TRAFFIC: "true", MIRRORD_TCP_OUTGOING: "false" };
  const { config } = await load({ text, env });
  assert.equal(config.feature.fs.mode, "write");
  assert.equal(config.feature.network.incoming.mode, "steal");
  assert.equal(config.feature.network.outgoing.tcp, false);
  assert.equal(config.feature.network.outgoing.udp, true);
  assert.equal(config.agent.ttl, 5);
});

/** A text for a variable of the key that gives it another value than its default. */
function otherThanDefault(schema: z.ZodType): string {
  const { type } = (schema as z.ZodDefault<z.ZodType>).def.innerType.def;
  const byDefault = schema.parse(undefined);
  if (typeof byDefault === "boolean") return String(!byDefault);
  if (typeof byDefault === "number") return String(byDefault + 1);
  if (type === "enum") {
    {
      const { options } = (schema as z.ZodDefault<z.ZodEnum>).def.innerType;
      return String(options.find((one) => one !== byDefault));
    }
  }
  for (const text of ["pod/sample", "true", "7"]) {
    try {
      if (schema.safeParse(factsOf(schema)!.fromText!(text, "X")).success) return text;
    } catch {
      // Not of this kind.
    }
  }
  return assert.fail(`no text for ${byDefault}`);
}

function keysWithVariables(schema: z.ZodType, path: string[] = []): { path: string[]; schema: z.ZodType }[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, child]) => [
    ...(factsOf(child)?.env === undefined ? [] : [{ path: [...path, name], schema: child as z.ZodType }]),
    ...keysWithVariables(child as z.ZodType, [...path, name]),
  ]);
}

Deno.test("every key that has a variable is set by it, over what the file says", async () => {
  const keys = keysWithVariables(configSchema);
  assert.ok(keys.length > 50);
  for (const { path, schema } of keys) {
    const variable = factsOf(schema)!.env![0]!;
    const text = otherThanDefault(schema);
    const byDefault = schema.parse(undefined);
    const inFile = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), byDefault);
    const { config } = await load({ text: JSON.stringify(inFile), env: { [variable]: text } });
    const value = path.reduce<unknown>((section, name) => (section as Record<string, unknown>)[name], config);
    assert.deepEqual(value, factsOf(schema)!.fromText!(text, variable), variable);
    assert.notDeepEqual(value, byDefault, variable);
  }
});

Deno.test("an empty variable is as good as none", async () => {
  const env = { MIRRORD_IMPERSONATED_TARGET: "", MIRRORD_REMOTE_DNS: "", MIRRORD_AGENT_TTL: "" };
  const { config } = await load({ text: '{"target": "pod/x", "agent": {"ttl": 7}}', env });
  assert.equal(config.target.path, "pod/x");
  assert.equal(config.agent.ttl, 7);
});

Deno.test("variables of every kind are understood", async () => {
  const { config } = await load({
    env: {
      MIRRORD_SKIP_PROCESSES: "bash; node;;",
      MIRRORD_HTTP_FILTER_PORTS: "80;8080",
      MIRRORD_EPHEMERAL_CONTAINER: "TRUE",
      MIRRORD_AGENT_STARTUP_TIMEOUT: "12",
      MIRRORD_FILE_RO_OPS: "false",
      MIRRORD_OVERRIDE_ENV_VARS_INCLUDE: "A;B_*",
      MIRRORD_CONNECT_TCP: "host:1",
    },
  });
  assert.deepEqual(config.skip_processes, ["bash", "node"]);
  assert.deepEqual(config.feature.network.incoming.http_filter.ports, [80, 8080]);
  assert.equal(config.agent.ephemeral, true);
  assert.equal(config.agent.startup_timeout, 12);
  assert.equal(config.feature.fs.mode, "local");
  assert.deepEqual(config.feature.env.include, ["A", "B_*"]);
  assert.equal(config.connect_tcp.address, "host:1");
});

Deno.test("variables that cannot be understood are named, all of them", async () => {
  const env = {
    MIRRORD_REMOTE_DNS: "perhaps",
    MIRRORD_AGENT_TTL: "70000",
    MIRRORD_FILE_MODE: "rw",
    MIRRORD_IMPERSONATED_TARGET: "bear",
  };
  const found = await problems({ env });
  assert.equal(found.length, 4);
  assert.ok(found.some((line) => line === "MIRRORD_REMOTE_DNS: expected true or false, got `perhaps`"));
  assert.ok(found.some((line) => line.startsWith("MIRRORD_AGENT_TTL: not acceptable") && line.includes("70000")));
  assert.ok(
    found.some((line) => line.startsWith("MIRRORD_FILE_MODE: expected one of local, localwithoverrides, read")),
  );
  assert.ok(found.some((line) => line.startsWith("MIRRORD_IMPERSONATED_TARGET: invalid target `bear`")));
});

Deno.test("short forms are what their long forms are", async () => {
  const pairs: [string, string][] = [
    ['{"env": true}', "{}"],
    ['{"env": false}', '{"env": {"exclude": "*"}}'],
    ['{"fs": "read"}', '{"fs": {"mode": "read"}}'],
    ['{"fs": true}', "{}"],
    ['{"fs": false}', '{"fs": {"mode": "local"}}'],
    ['{"network": true}', "{}"],
    ['{"network": {"incoming": "steal"}}', '{"network": {"incoming": {"mode": "steal"}}}'],
    ['{"network": {"incoming": true}}', "{}"],
    ['{"network": {"dns": false}}', '{"network": {"dns": {"enabled": false}}}'],
    ['{"network": {"outgoing": false}}', '{"network": {"outgoing": {"tcp": false, "udp": false}}}'],
    ['{"network": false}', '{"network": {"incoming": "off", "outgoing": false, "dns": false}}'],
    ['{"copy_target": true}', '{"copy_target": {"enabled": true}}'],
    ['{"copy_target": {"scale_down": true}}', '{"copy_target": {"enabled": true, "scale_down": true}}'],
    ['{"env": {"include": "A;B"}}', '{"env": {"include": ["A", "B"]}}'],
    ['{"env": null, "fs": {"local": null}}', "{}"],
  ];
  for (const [short, long] of pairs) {
    const [one, other] = await Promise.all([short, long].map((feature) => load({ text: `{"feature": ${feature}}` })));
    assert.deepEqual(one!.config, other!.config, short);
  }
});

Deno.test("targets have a string form, an object form, and one with a namespace", async () => {
  const cases: [string, string | null, string | null][] = [
    ['"pod/x"', "pod/x", null],
    ['{"path": "pod/x/container/c", "namespace": "n"}', "pod/x/container/c", "n"],
    ['{"path": {"cron_job": "x"}}', "cronjob/x", null],
    ['{"deployment": "x", "container": "c"}', "deployment/x/container/c", null],
    ['{"namespace": "n"}', null, "n"],
    ['"process/12"', "process/12", null],
    ['""', null, null],
    ["null", null, null],
  ];
  for (const [target, path, namespace] of cases) {
    const { config } = await load({ text: `{"target": ${target}}` });
    assert.deepEqual(config.target, { path, namespace }, target);
  }
});

Deno.test("every wrong key and value is reported with path, line and what was meant", async () => {
  const text = [
    "{",
    '  "target": "bear",',
    '  "featur": {},',
    '  "incoming": "steal",',
    '  "ttl": 3,',
    '  "feature": {',
    '    "fs": {"mode": "reed", "readonly": []},',
    '    "env": 3,',
    '    "network": {"incoming": {"ports": ["a"], "port_mapping": [[1]]}}',
    "  },",
    '  "agent": {"startup_timeout": -1, "labels": {"a": 1}, "image": {"tag": "x"}}',
    "}",
  ].join("\n");
  const found = await problems({ text });
  const expected = [
    "mirrord.json:2: target.path: invalid target `bear`: did you mean `pod/bear`?",
    "mirrord.json:3: featur: unknown key; did you mean `feature`?",
    "mirrord.json:4: incoming: unknown key; did you mean `feature.network.incoming`?",
    "mirrord.json:5: ttl: unknown key; did you mean `agent.ttl`?",
    'mirrord.json:7: feature.fs.mode: expected one of local, localwithoverrides, read, write, got `"reed"`; ' +
    "did you mean `read`?",
    "mirrord.json:7: feature.fs.readonly: unknown key; did you mean `feature.fs.read_only`?",
    "mirrord.json:8: feature.env: expected true, false or an object, got `3`",
    'mirrord.json:9: feature.network.incoming.ports.0: expected a number, got `"a"`',
    "mirrord.json:11: agent.startup_timeout: expected at least 0, got `-1`",
    'mirrord.json:11: agent.image: expected an image name, or an object with registry and tag, got `{"tag":"x"}`',
  ];
  for (const line of expected) assert.ok(found.some((one) => one.startsWith(line)), `${line}\n\n${found.join("\n")}`);
  assert.equal(found.length, expected.length + 2, found.join("\n"));
});

Deno.test("syntax errors name line and column", async () => {
  assert.match(
    (await problems({ text: '{\n  "a" 1}' }))[0]!,
    /^mirrord\.json:2: no valid JSON \(column 7\): expected a colon/,
  );
  assert.match((await problems({ file: "a.yaml", text: "a: 1\na: 2" }))[0]!, /^a\.yaml:2: no valid YAML .*unique/);
  assert.match((await problems({ file: "a.toml", text: "a = 1\nb =" }))[0]!, /^a\.toml:2: no valid TOML/);
});

Deno.test("a missing file, or one that is no object, is said so", async () => {
  const missing = loadConfig({ file: "/nonexistent/mirrord.json", variables: () => undefined });
  await assert.rejects(missing, { message: /\/nonexistent\/mirrord\.json: the configuration file .* no such file/ });
  assert.match((await problems({ text: "[1]" }))[0]!, /must hold an object/);
});

Deno.test("templates are rendered before the file is parsed", async () => {
  const text = '{"target": "{{ get_env(name="TARGET", default="pod/fallback") }}"{# why #}}';
  assert.equal((await load({ text })).config.target.path, "pod/fallback");
  assert.equal((await load({ text, env: { TARGET: "pod/bear" } })).config.target.path, "pod/bear");
  const broken = await problems({ text: '{"target": "{{ get_env(name="TARGET") }}"}' });
  assert.deepEqual(broken, [
    "mirrord.json: the template cannot be rendered: Environment variable `TARGET` not found",
  ]);
});

Deno.test("a resolved configuration loads again as itself", async () => {
  const text =
    '{"target": {"pod": "x"}, "feature": {"fs": "write", "network": {"outgoing": {"filter": {"local": ":53"}}}}}';
  const { config } = await load({ text });
  const again = await load({ text: JSON.stringify(config) });
  assert.deepEqual(again.config, config);
});

Deno.test("the complete example of older documents loads", async () => {
  const text = await Deno.readTextFile(new URL("testing/complete.json", import.meta.url));
  // The document has commas at the ends of lists, which the formatter of this repository takes away.
  const { config } = await load({ text: text.replaceAll(/(?<=[\]}"\w])\n(?=\s*[\]}])/g, ",\n") });
  assert.deepEqual(config.agent.image_pull_secrets, [{ name: "secret" }]);
  assert.deepEqual(config.feature.env.include, ["DATABASE_USER", "PUBLIC_ENV"]);
  assert.deepEqual(config.feature.network.outgoing.filter!.local, [
    "tcp://1.1.1.0/24:1337",
    "1.1.5.0/24",
    "google.com",
    ":53",
  ]);
  assert.equal(config.feature.copy_target.enabled, true);
  assert.equal(config.connect_tcp.address, null);
});

Deno.test("names of JavaScript's own members are unknown keys like any other", async () => {
  assert.match((await problems({ text: '{"constructor": 1}' }))[0]!, /constructor: unknown key/);
  assert.match((await problems({ text: '{"__proto__": {"target": "pod/x"}}' }))[0]!, /__proto__: unknown key/);
  assert.match((await problems({ text: '{"feature": {"toString": {}}}' }))[0]!, /feature\.toString: unknown key/);
});
