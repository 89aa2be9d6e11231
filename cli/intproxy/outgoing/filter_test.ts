import assert from "node:assert/strict";
import { parseAddressFilter } from "../../../config/address_filter.ts";
import { parseIp } from "../../system/ip_text.ts";
import type { SocketAddress } from "../../system/address.ts";
import { type FilterNames, isInSubnet, leavesFromTarget } from "./filter.ts";

const names: FilterNames = {
  namesOf: (ip) => ip.join(".") === "10.7.7.7" ? ["seen.internal"] : [],
  addressesOf: (name) => Promise.resolve(name === "db.internal" ? [parseIp("10.1.2.3"), parseIp("fd00::5")] : []),
};

function to(text: string, port: number): SocketAddress {
  const address = parseIp(text);
  return address.length === 4 ? { v4: { address, port } } : { v6: { address, port, scope: 0 } };
}

/** Whether `entry` names this destination. */
function isNamedBy(entry: string, ip: string, port = 80, socketType = 1): Promise<boolean> {
  const filter = { side: "remote" as const, entries: [parseAddressFilter(entry)] };
  return leavesFromTarget(filter, to(ip, port), socketType, names);
}

Deno.test("entries name hosts, subnets, ports, protocols and names", async () => {
  const cases: [entry: string, ip: string, port: number, socketType: number, expected: boolean][] = [
    ["10.1.2.3", "10.1.2.3", 80, 1, true],
    ["10.1.2.3", "10.1.2.4", 80, 1, false],
    ["10.1.2.3", "::ffff:10.1.2.3", 80, 1, true],
    ["10.1.2.3:80", "10.1.2.3", 81, 1, false],
    ["10.0.0.0/8", "10.200.0.1", 1, 1, true],
    ["10.0.0.0/8", "11.0.0.1", 1, 1, false],
    ["[fd00::]/16", "fd00::77", 1, 1, true],
    ["[fd00::5]:443", "fd00::5", 443, 1, true],
    ["udp://:53", "8.8.8.8", 53, 2, true],
    ["udp://:53", "8.8.8.8", 53, 1, false],
    ["tcp://10.1.2.3", "10.1.2.3", 9, 2, false],
    ["0.0.0.0:7777", "1.2.3.4", 7777, 2, true],
    [":7777", "fd00::9", 7777, 1, true],
    ["db.internal", "10.1.2.3", 1, 1, true],
    ["DB.internal:5433", "fd00::5", 5432, 1, false],
    ["db.internal:5432", "fd00::5", 5432, 1, true],
    ["seen.internal", "10.7.7.7", 1, 1, true],
    ["nobody.internal", "10.7.7.7", 1, 1, false],
  ];
  for (const [entry, ip, port, socketType, expected] of cases) {
    assert.equal(await isNamedBy(entry, ip, port, socketType), expected, `${entry} and ${ip}:${port}`);
  }
});

Deno.test("what the filter does not name is on the other side", async () => {
  const local = { side: "local" as const, entries: [parseAddressFilter("10.0.0.0/8")] };
  assert.equal(await leavesFromTarget(local, to("10.1.1.1", 1), 1, names), false);
  assert.equal(await leavesFromTarget(local, to("11.1.1.1", 1), 1, names), true);
  const nothingRemote = { side: "remote" as const, entries: [] };
  assert.equal(await leavesFromTarget(nothingRemote, to("11.1.1.1", 1), 1, names), false);
});

Deno.test("subnets are told bit by bit", () => {
  assert.ok(isInSubnet(parseIp("10.0.0.129"), parseIp("10.0.0.128"), 25));
  assert.ok(!isInSubnet(parseIp("10.0.0.127"), parseIp("10.0.0.128"), 25));
  assert.ok(isInSubnet(parseIp("1.2.3.4"), parseIp("0.0.0.0"), 0));
  assert.ok(!isInSubnet(parseIp("::1"), parseIp("0.0.0.0"), 0));
});
