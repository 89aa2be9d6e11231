import assert from "node:assert/strict";
import { DecodeError, type Infer } from "../schema.ts";
import { configVersion, decodeConfigFile, encodeConfigFile } from "./config_file.ts";
import type { LayerConfig } from "./messages.ts";

const path = (text: string) => new TextEncoder().encode(text);

const config: Infer<typeof LayerConfig> = {
  version: configVersion,
  layerPath: path("/run/layer.so"),
  supervisorPath: path("/run/supervisor"),
  door: 0,
  shadowDirectory: path("/dev/shm/mirrord"),
  streamedDevice: 0x2fn,
  filesMode: 2,
  pathRules: {
    classOf: new Uint8Array(256),
    classCount: 1,
    next: Uint16Array.of(0),
    accepts: Uint16Array.of(64),
  },
  dnsEnabled: true,
  hostname: path("pod-0"),
  outgoingTcp: true,
  outgoingUdp: false,
  outgoingUnix: false,
  outgoingIgnoreLocalhost: false,
  ipv6: true,
  hidesIpv6Interfaces: false,
  incomingMode: 2,
  incomingIgnoreLocalhost: true,
  incomingIgnorePorts: [{ first: 1, last: 2 }],
  incomingOnlyPorts: null,
  listenPorts: [{ requested: 80, actual: 8080 }],
  debuggerPorts: [],
  skipProcesses: [path("git")],
  logLevel: 1,
};

Deno.test("the configuration file begins with its magic, version and length", () => {
  const file = encodeConfigFile(config);
  assert.equal(new TextDecoder().decode(file.subarray(0, 8)), "MIRRORDL");
  assert.equal(new DataView(file.buffer).getUint32(8, true), configVersion);
  assert.equal(new DataView(file.buffer).getUint32(12, true), file.length - 20);
  assert.deepEqual(decodeConfigFile(file), config);
});

Deno.test("a file of another version, length or kind is refused", () => {
  for (const position of [0, 8, 12]) {
    const file = encodeConfigFile(config);
    file[position]++;
    assert.throws(() => decodeConfigFile(file), (error: DecodeError) => error.fault === "InvalidHeader");
  }
  assert.throws(() => decodeConfigFile(encodeConfigFile(config).subarray(0, 19)), DecodeError);
});
