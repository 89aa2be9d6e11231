import assert from "node:assert/strict";
import { loadConfig } from "../../config/load.ts";
import { summaryLines } from "./summary.ts";

async function summary(config: unknown, facts: { target?: string | null; logPath?: string } = {}): Promise<string[]> {
  const text = JSON.stringify(config);
  const loaded = await loadConfig({
    file: "a.json",
    variables: () => undefined,
    readText: () => Promise.resolve(text),
  });
  return summaryLines({
    config: loaded.config,
    file: "a.json",
    command: ["node", "app.js"],
    target: facts.target === undefined ? "pod/x" : facts.target,
    logPath: facts.logPath ?? null,
  });
}

Deno.test("the summary tells command, target, operator, env, fs, incoming, outgoing, dns and log, in this order", async () => {
  assert.deepEqual(await summary({}, { logPath: "/tmp/x.log" }), [
    'Running binary "node" with arguments: ["app.js"].',
    "mirrord will target: pod/x, the configuration file is a.json",
    "operator: the session will not use the operator",
    "env: all environment variables will be fetched",
    "fs: files will default to read only from the remote",
    "incoming: incoming traffic will be mirrored",
    "outgoing: forwarding is enabled on TCP and UDP",
    "dns: DNS will be resolved remotely",
    "internal proxy: logs will be written to /tmp/x.log",
  ]);
});

Deno.test("the summary follows the configuration", async () => {
  const network = {
    incoming: { mode: "steal", http_filter: { path_filter: "/a" }, ports: [90] },
    outgoing: { tcp: false },
  };
  const lines = (await summary({ feature: { env: false, fs: "local", network: { ...network, dns: false } } })).slice(3);
  assert.deepEqual(lines, [
    "env: no environment variables will be fetched",
    "fs: files will default to local",
    "incoming: HTTP requests that pass the filter will be stolen on ports 80, 8080",
    "incoming: all traffic will be stolen on ports 90",
    "outgoing: forwarding is enabled on UDP",
    "dns: DNS will be resolved locally",
  ]);
  const targetless = await summary({ feature: { env: { include: "A" }, network: { outgoing: false } } }, {
    target: null,
  });
  assert.ok(targetless[1]!.includes("without a target"));
  assert.ok(targetless.includes("incoming: incoming traffic will be ignored"));
  assert.ok(targetless.includes("env: not all environment variables will be fetched"));
  assert.ok(targetless.includes("outgoing: forwarding is disabled on TCP and UDP"));
  assert.ok((await summary({ feature: { network: { incoming: "steal" } } })).includes(
    "incoming: incoming traffic will be stolen",
  ));
});
