import assert from "node:assert/strict";
import { configSchema } from "../../config/config.ts";
import { decodeConfigFile, encodeConfigFile } from "../../protocol/layer/config_file.ts";
import { layerConfig, pathRules, sessionRules } from "./rules.ts";

const facts = {
  home: "/home/ann",
  cwd: "/work",
  executable: "/usr/bin/python3",
  temporaryFolder: "/tmp",
  searchPath: [],
  debuggerPorts: "5000-5010",
};
const parts = { library: "/i/l.so", supervisor: "/i/s" };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function layerConfigOf(given: Record<string, unknown>, hasIncoming = true) {
  const config = configSchema.parse(given);
  const { table, decide } = pathRules(config, facts);
  const rules = sessionRules(config, facts, decide, hasIncoming);
  const hostname = new TextEncoder().encode("shop");
  const made = layerConfig(config, rules, { table, parts, shadowFolder: "/dev/shm/x", streamedDevice: 0n, hostname });
  return { rules, layer: decodeConfigFile(encodeConfigFile(made)) };
}

Deno.test("a layer is told the defaults", () => {
  const { layer } = layerConfigOf({});
  assert.deepEqual([layer.filesMode, layer.incomingMode, layer.outgoingTcp, layer.outgoingUdp], [2, 1, true, true]);
  assert.deepEqual([text(layer.layerPath), text(layer.supervisorPath)], ["/i/l.so", "/i/s"]);
  assert.equal(text(layer.hostname!), "shop");
  assert.deepEqual(layer.debuggerPorts, [{ first: 5000, last: 5010 }]);
  assert.ok(layer.skipProcesses.map(text).includes("rustc"));
  assert.equal(layer.incomingOnlyPorts, null);
});

Deno.test("a layer is told what the user has set", () => {
  const { layer, rules } = layerConfigOf({
    skip_build_tools: false,
    skip_processes: ["sidekick"],
    feature: {
      hostname: false,
      fs: { mode: "localwithoverrides" },
      network: {
        outgoing: { udp: false, unix_streams: ["^/run/db"] },
        incoming: { mode: "steal", ports: [80, 90], port_mapping: [[8080, 80], [90, 91]], listen_ports: [[7, 8]] },
      },
    },
  });
  assert.deepEqual([layer.filesMode, layer.incomingMode, layer.outgoingUdp, layer.hostname], [1, 2, false, null]);
  assert.deepEqual(layer.skipProcesses.map(text), ["sidekick"]);
  assert.deepEqual(layer.listenPorts, [{ requested: 7, actual: 8 }]);
  // Port 90 of the program gets the traffic of 91, which is not served.
  assert.deepEqual(layer.incomingOnlyPorts!.map(({ first }) => first), [8080, 80]);
  assert.ok(rules.outgoing.unixStreams[0]!.test("/run/db.sock"));
});

Deno.test("incoming traffic that cannot be had is off", () => {
  const { layer, rules } = layerConfigOf({ feature: { network: { incoming: { mode: "steal" } } } }, false);
  assert.deepEqual([layer.incomingMode, rules.incoming.mode], [0, "off"]);
});
