import assert from "node:assert/strict";
import { addressBytes, addressText, Hosts } from "./hosts.ts";

const AF_UNSPEC = 0, AF_INET = 2, AF_INET6 = 10;
const hosts = new Hosts(
  [
    "# a comment",
    "127.0.0.1\tlocalhost",
    "::1 localhost ip6-localhost",
    "10.0.0.5 web.shop.svc web Web # the service",
    "fd00::5 web",
    "not-an-address broken",
    "10.0.0.9",
  ].join("\n"),
);
const found = (name: string, family: number) => {
  const answer = hosts.lookup(name, family);
  return answer && { name: answer.canonicalName, addresses: answer.addresses.map(addressText) };
};

Deno.test("Hosts finds all addresses of a name, in either case", () => {
  assert.deepEqual(found("WEB", AF_UNSPEC), { name: "web.shop.svc", addresses: ["10.0.0.5", "fd00:0:0:0:0:0:0:5"] });
  assert.deepEqual(found("web", AF_INET6), { name: "web.shop.svc", addresses: ["fd00:0:0:0:0:0:0:5"] });
  assert.equal(found("broken", AF_UNSPEC), null);
  assert.equal(found("10.0.0.9", AF_UNSPEC), null);
});

Deno.test("Hosts gives each address once, the IPv6 loopback as IPv4 too", () => {
  assert.deepEqual(found("localhost", AF_INET)!.addresses, ["127.0.0.1"]);
  assert.deepEqual(found("ip6-localhost", AF_INET)!.addresses, ["127.0.0.1"]);
});

Deno.test("Hosts tells the first name of an address", () => {
  assert.equal(hosts.nameOf(Uint8Array.of(10, 0, 0, 5)), "web.shop.svc");
  assert.equal(hosts.nameOf(Uint8Array.of(10, 0, 0, 6)), null);
});

Deno.test("addressBytes keeps a mapped address as it was written", () => {
  assert.equal(addressBytes("1.2.3.4")!.toHex(), "01020304");
  assert.equal(addressBytes("::ffff:1.2.3.4")!.toHex(), "00000000000000000000ffff01020304");
  for (const text of ["1.2.3", "host", "::1::", ""]) assert.equal(addressBytes(text), null, text);
});
