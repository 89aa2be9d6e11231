import assert from "node:assert/strict";
import type { SocketAddress } from "../../system/address.ts";
import { type IncomingRules, targetPort } from "./ports.ts";

const rules: IncomingRules = {
  mode: "steal",
  ignoreLocalhost: false,
  ignorePorts: [],
  onlyPorts: null,
  debuggerPorts: [],
  portMapping: [],
  listenPorts: [],
};
const at = (port: number, ...address: number[]): SocketAddress => ({
  v4: { address: new Uint8Array(address.length > 0 ? address : [0, 0, 0, 0]), port },
});
const target = (address: SocketAddress, change: Partial<IncomingRules>) => targetPort(address, { ...rules, ...change });

Deno.test("a listener gets the traffic of its port, or of the one it is mapped to", () => {
  assert.equal(target(at(80), {}), 80);
  assert.equal(target(at(8080), { portMapping: [[8080, 80]] }), 80);
  assert.equal(target(at(80, 127, 0, 0, 1), {}), 80);
});

Deno.test("listeners stay local where the rules say so", () => {
  assert.equal(target(at(80), { mode: "off" }), null);
  assert.equal(target(at(0), {}), null);
  assert.equal(target(at(80, 127, 0, 0, 1), { ignoreLocalhost: true }), null);
  assert.equal(target(at(80), { ignorePorts: [80] }), null);
  assert.equal(target(at(80), { debuggerPorts: [{ first: 70, last: 90 }] }), null);
  assert.equal(target(at(81), { onlyPorts: [80] }), null);
  assert.equal(target(at(8080), { onlyPorts: [80], portMapping: [[8080, 80]] }), 80);
});

Deno.test("a port with an actual port of its own is always served", () => {
  assert.equal(target(at(80), { ignorePorts: [80], listenPorts: [80] }), 80);
});
