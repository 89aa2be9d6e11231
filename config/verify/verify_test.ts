import assert from "node:assert/strict";
import { loadConfig } from "../load.ts";
import { type Verified, verifyConfig } from "./verify.ts";

async function verify(config: Record<string, unknown>): Promise<Verified> {
  const loaded = await loadConfig({
    file: "mirrord.json",
    variables: () => undefined,
    readText: () => Promise.resolve(JSON.stringify(config)),
  });
  return verifyConfig(loaded);
}

const lines = (problems: Verified["errors"]) => problems.map((problem) => `${problem.path}: ${problem.message}`);

interface Expected {
  config: Record<string, unknown>;
  error?: RegExp;
  warning?: RegExp;
}

const pod = { target: "pod/x" };
const incoming = (keys: unknown) => ({ ...pod, feature: { network: { incoming: keys } } });
const network = (keys: unknown) => ({ ...pod, feature: { network: keys } });

const rules: Record<string, Expected> = {
  "ephemeral with an agent namespace": {
    config: { ...pod, agent: { ephemeral: true, namespace: "n" } },
    warning: /^agent\.namespace: is ignored: an ephemeral/,
  },
  "outgoing names while DNS is off": {
    config: network({ dns: false, outgoing: { filter: { remote: ["a"] } } }),
    warning: /outgoing\.filter: names in `remote` are resolved locally/,
  },
  "several HTTP filters": {
    config: incoming({ mode: "steal", http_filter: { header_filter: "a", path_filter: "b" } }),
    error: /header_filter and path_filter exclude each other/,
  },
  "an empty list of conditions": {
    config: incoming({ mode: "steal", http_filter: { all_of: [] } }),
    error: /all_of: is empty/,
  },
  "an HTTP filter in mirror mode": {
    config: incoming({ http_filter: { header_filter: "a" } }),
    warning: /http_filter: is ignored/,
  },
  "an HTTP filter in steal mode, which would steal everything": {
    config: incoming({ mode: "steal", http_filter: { header_filter: "a" } }),
    error: /all traffic would be stolen/,
  },
  "ports with ignore_ports": {
    config: incoming({ ports: [1], ignore_ports: [2] }),
    error: /`ports` and `ignore_ports`/,
  },
  "ports in both lists": {
    config: incoming({ ports: [80, 81], http_filter: { ports: [81] } }),
    error: /81 stand in `http_filter\.ports`/,
  },
  "trust roots with a server certificate": {
    config: incoming({ https_delivery: { trust_roots: ["a"], server_cert: "b" } }),
    error: /`trust_roots` and `server_cert`/,
  },
  "a server name that is none": {
    config: incoming({ https_delivery: { server_name: "a b" } }),
    error: /`a b` is no DNS name/,
  },
  "targetless with steal": {
    config: { target: "targetless", feature: { network: { incoming: "steal" } } },
    error: /`steal` needs a target/,
  },
  "no target with steal": {
    config: { feature: { network: { incoming: "steal" } } },
    error: /`steal` needs a target/,
  },
  "targetless with an ephemeral container": {
    config: { agent: { ephemeral: true } },
    error: /agent\.ephemeral: needs a target/,
  },
  "targetless with two namespaces": {
    config: { target: { path: "targetless", namespace: "a" }, agent: { namespace: "b" } },
    warning: /agent\.namespace: is ignored: a targetless/,
  },
  "a copy of a target": {
    config: { ...pod, feature: { copy_target: true } },
    error: /copy_target: needs the operator/,
    warning: /without `steal`/,
  },
  "a copy of nothing": { config: { feature: { copy_target: true } }, error: /needs a target to copy/ },
  "a copy of a service": {
    config: { target: "service/x", feature: { copy_target: true } },
    error: /cannot copy a service/,
  },
  "a kind that needs the operator": { config: { target: "job/x" }, error: /a job as target needs the operator/ },
  "the operator": { config: { ...pod, operator: true }, error: /^operator: is required/ },
  "a profile": { config: { ...pod, profile: "p" }, error: /^profile: cannot be used/ },
  "a port mapped to itself": { config: incoming({ port_mapping: [[80, 80]] }), warning: /maps port 80 to itself/ },
  "a port mapped twice": {
    config: incoming({ port_mapping: [[80, 81], [82, 81]] }),
    error: /port_mapping: maps port 81 twice/,
  },
  "include with exclude": {
    config: { ...pod, feature: { env: { include: "A", exclude: "B" } } },
    error: /feature\.env: `include` and `exclude`/,
  },
  "a mapping of variables that does not compile": {
    config: { ...pod, feature: { env: { mapping: { "(": "x" } } } },
    error: /feature\.env\.mapping: `\(` is no valid regular expression/,
  },
  "a file pattern that does not compile": {
    config: { ...pod, feature: { fs: { read_only: ["a", "[z-a]"] } } },
    error: /feature\.fs\.read_only: `\[z-a\]` is no valid/,
  },
  "an empty file pattern": {
    config: { ...pod, feature: { fs: { local: "" } } },
    error: /feature\.fs\.local: is empty/,
  },
  "a file mapping that does not compile": {
    config: { ...pod, feature: { fs: { mapping: { "a{2,1}": "x" } } } },
    error: /feature\.fs\.mapping: `a\{2,1\}`/,
  },
  "a DNS filter while DNS is off": {
    config: network({ dns: { enabled: false, filter: { local: ["a"] } } }),
    warning: /dns\.filter: is ignored/,
  },
  "an empty DNS filter": {
    config: network({ dns: { filter: { remote: [] } } }),
    warning: /`remote` is empty: all names are resolved locally/,
  },
  "a bad DNS filter": {
    config: network({ dns: { filter: { local: ["tcp://a"] } } }),
    error: /dns\.filter: `tcp:\/\/a`: DNS filters have no protocol/,
  },
  "a bad outgoing filter": {
    config: network({ outgoing: { filter: { local: ["1.1.1.1/40"] } } }),
    error: /outgoing\.filter: `1\.1\.1\.1\/40`: the mask/,
  },
  "queues": { config: { ...pod, feature: { split_queues: { q: {} } } }, error: /split_queues: cannot be used/ },
  "experimental.readlink": { config: { ...pod, experimental: { readlink: true } }, warning: /readlink: is deprecated/ },
  "experimental.readonly_file_buffer": {
    config: { ...pod, experimental: { readonly_file_buffer: 1 } },
    error: /has moved to `feature\.fs\.readonly_file_buffer`/,
  },
  "a huge file buffer": {
    config: { ...pod, feature: { fs: { readonly_file_buffer: 16 << 20 } } },
    error: /must not be above 15 MiB/,
  },
  "a large file buffer": {
    config: { ...pod, feature: { fs: { readonly_file_buffer: 2 << 20 } } },
    warning: /above 1 MiB/,
  },
  "a local target with keys of Kubernetes": {
    config: { target: { path: "process/1", namespace: "n" }, agent: { ephemeral: true } },
    warning: /agent\.ephemeral: is ignored: a process target/,
  },
  "a target besides an agent that runs": {
    config: { ...pod, connect_tcp: "host:1" },
    warning: /^target: is ignored/,
  },
  "a key without effect": {
    config: { ...pod, agent: { flush_connections: false } },
    warning: /^agent\.flush_connections: has no effect/,
  },
  "an unstable key": {
    config: { ...pod, feature: { network: { incoming: { on_concurrent_steal: "override" } } } },
    warning: /on_concurrent_steal: has no effect/,
  },
};

for (const [name, { config, error, warning }] of Object.entries(rules)) {
  Deno.test(`verifyConfig() reports ${name}`, async () => {
    const { errors, warnings } = await verify(config);
    if (error !== undefined) assert.ok(lines(errors).some((line) => error.test(line)), lines(errors).join("\n"));
    else assert.deepEqual(errors.filter((problem) => !problem.message.startsWith("cannot be used")), []);
    if (warning !== undefined) {
      assert.ok(lines(warnings).some((line) => warning.test(line)), lines(warnings).join("\n"));
    }
  });
}

Deno.test("verifyConfig() has nothing to say about ordinary configurations", async () => {
  const ordinary = [
    {},
    pod,
    { target: "process/1" },
    { target: "docker/web", feature: { network: { incoming: "steal" } } },
    { target: "deployment/x/container/c", feature: { env: true, fs: "read", network: true } },
    incoming({ mode: "steal", ports: [80], port_mapping: [[8080, 80]], listen_ports: [[80, 8080]] }),
    { ...pod, feature: { env: false } },
    { connect_tcp: "host:1", feature: { network: { incoming: "steal" } } },
    { ...pod, skip_sip: ["git"], agent: { labels: { a: "b" }, namespace: "n" } },
  ];
  for (const config of ordinary) assert.deepEqual(await verify(config), { errors: [], warnings: [] });
});

Deno.test("verifyConfig() reports everything at once", async () => {
  const { errors } = await verify({
    operator: true,
    target: "job/x",
    feature: {
      env: { include: "A", exclude: "B" },
      fs: { local: "(" },
      network: { incoming: { ports: 1, ignore_ports: 2 } },
    },
  });
  assert.equal(errors.length, 5);
});
