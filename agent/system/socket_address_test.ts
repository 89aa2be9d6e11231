import assert from "node:assert/strict";
import { decodeSockaddr, encodeSockaddr, formatHost, parseAddress } from "./socket_address.ts";

for (const host of ["10.1.2.3", "0.0.0.0", "::1", "fe80::1%2", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8", "::"]) {
  Deno.test(`${host} is the same after parsing, encoding, decoding and formatting`, () => {
    const address = parseAddress(host, 8080);
    assert.deepEqual(decodeSockaddr(encodeSockaddr(address)), address);
    assert.deepEqual(parseAddress(formatHost(address), 8080), address);
  });
}

Deno.test("parseAddress() takes a mapped address for what it means", () => {
  assert.deepEqual(parseAddress("::ffff:10.0.0.1", 1), { v4: { address: Uint8Array.of(10, 0, 0, 1), port: 1 } });
});

Deno.test("encodeSockaddr() has the kernel's layout", () => {
  const bytes = encodeSockaddr(parseAddress("127.0.0.1", 0x1f90));
  assert.deepEqual([...bytes], [2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

for (const text of ["", "1.2.3", "1.2.3.256", "1.2.3.x", ":", "1::2::3", "12345::", "1:2:3:4:5:6:7", "::g"]) {
  Deno.test(`parseAddress() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseAddress(text, 1), TypeError);
  });
}
