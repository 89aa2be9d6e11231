import assert from "node:assert/strict";
import { type AddressFilter, AddressFilterError, parseAddressFilter, parseDnsFilter } from "./address_filter.ts";

const name = (text: string) => ({ kind: "name", name: text } as const);
const address = (text: string) => ({ kind: "address", address: text } as const);
const subnet = (text: string, prefix: number) => ({ kind: "subnet", address: text, prefix } as const);

Deno.test("parseAddressFilter() reads every form", () => {
  const cases: [string, AddressFilter][] = [
    ["tcp://1.1.1.0/24:1337", { protocol: "tcp", host: subnet("1.1.1.0", 24), port: 1337 }],
    ["1.1.5.0/24", { protocol: "any", host: subnet("1.1.5.0", 24), port: null }],
    ["google.com", { protocol: "any", host: name("google.com"), port: null }],
    [":53", { protocol: "any", host: null, port: 53 }],
    ["UDP://google.com:7331", { protocol: "udp", host: name("google.com"), port: 7331 }],
    ["udp://", { protocol: "udp", host: null, port: null }],
    ["any://:80", { protocol: "any", host: null, port: 80 }],
    ["a:0", { protocol: "any", host: name("a"), port: null }],
    ["10.0.0.1:80", { protocol: "any", host: address("10.0.0.1"), port: 80 }],
    ["[::1]:80", { protocol: "any", host: address("::1"), port: 80 }],
    ["[2001:0db8::0]/32", { protocol: "any", host: subnet("2001:db8::", 32), port: null }],
    ["tcp://[2001:db8::]/32:443", { protocol: "tcp", host: subnet("2001:db8::", 32), port: 443 }],
    ["my_service-1.ns.svc", { protocol: "any", host: name("my_service-1.ns.svc"), port: null }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseAddressFilter(text), expected, text);
});

Deno.test("parseAddressFilter() refuses everything else", () => {
  const bad = [
    "",
    "icmp://a",
    "a:b",
    "a:99999",
    "a:80:90",
    "::1",
    "[::1",
    "[a]",
    "a/24",
    "1.1.1.0/33",
    "[::]/129",
    "a b",
  ];
  for (const text of [...bad, "1.1.1.0/", "a:80x", "tcp://a/b", "ü"]) {
    assert.throws(() => parseAddressFilter(text), AddressFilterError, text);
  }
});

Deno.test("parseDnsFilter() has no protocols", () => {
  assert.deepEqual(parseDnsFilter("localhost:1337"), { protocol: "any", host: name("localhost"), port: 1337 });
  assert.throws(() => parseDnsFilter("tcp://a"), AddressFilterError);
});
