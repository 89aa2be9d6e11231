import assert from "node:assert/strict";
import {
  addressKey,
  decodeSockaddr,
  encodeSockaddr,
  formatAddress,
  inFamilyOf,
  isLoopback,
  isUnspecified,
  mapped,
  type SocketAddress,
  unmapped,
} from "./address.ts";

const v4 = (text: string, port: number): SocketAddress => ({
  v4: { address: new Uint8Array(text.split(".").map(Number)), port },
});
const v6 = (groups: number[], port: number): SocketAddress => ({
  v6: { address: new Uint8Array(groups.flatMap((group) => [group >> 8, group & 0xff])), port, scope: 0 },
});
const unix = (path: string): SocketAddress => ({ unix: { path: new TextEncoder().encode(path) } });

Deno.test("addresses come back from the kernel's form", () => {
  for (const address of [v4("10.1.2.3", 80), v6([0xfe80, 0, 0, 0, 1, 2, 3, 4], 65_535), unix("/run/x"), unix("\0x")]) {
    assert.deepEqual(decodeSockaddr(encodeSockaddr(address)), address);
  }
  assert.deepEqual(decodeSockaddr(new Uint8Array(110), 0), unix(""));
});

Deno.test("v4-mapped addresses are v4 addresses", () => {
  const plain = v4("127.0.0.1", 5);
  assert.deepEqual(unmapped(mapped(plain)), plain);
  assert.equal(addressKey(mapped(plain)), addressKey(plain));
  assert.ok(isLoopback(mapped(plain)) && isLoopback(v6([0, 0, 0, 0, 0, 0, 0, 1], 1)) && isLoopback(v4("127.9.9.9", 1)));
  assert.ok(isUnspecified(v4("0.0.0.0", 1)) && isUnspecified(mapped(v4("0.0.0.0", 1))) && !isUnspecified(unix("")));
  const real = v6([0x2001, 0, 0, 0, 0, 0, 0, 5], 9);
  assert.deepEqual(inFamilyOf(real, plain), mapped(plain));
  assert.deepEqual(inFamilyOf(plain, real), v4("127.0.0.1", 9));
});

Deno.test("formatAddress() writes addresses as people do", () => {
  assert.equal(formatAddress(v4("10.0.0.1", 80)), "10.0.0.1:80");
  assert.equal(formatAddress(v6([0, 0, 0, 0, 0, 0, 0, 1], 80)), "[::1]:80");
  assert.equal(formatAddress(v6([0, 0, 0, 0, 0, 0, 0, 0], 80)), "[::]:80");
  assert.equal(formatAddress(v6([0x2001, 0xdb8, 0, 0, 1, 0, 0, 0], 80)), "[2001:db8:0:0:1::]:80");
  assert.equal(formatAddress(v6([1, 2, 3, 4, 5, 6, 7, 8], 80)), "[1:2:3:4:5:6:7:8]:80");
  assert.equal(formatAddress(unix("\0bus")), "@bus");
});
