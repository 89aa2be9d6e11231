import assert from "node:assert/strict";
import { mapped, type SocketAddress } from "../../system/address.ts";
import { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from "../../system/socket.ts";
import { decideOutgoing, type OutgoingRules, parsePortRanges, withoutTrailingZeros } from "./decide.ts";

const rules: OutgoingRules = {
  tcp: true,
  udp: true,
  ignoreLocalhost: false,
  unixStreams: [],
  debuggerPorts: [{ first: 45_000, last: 65_535 }],
  ipv6: true,
  dns: true,
  filter: null,
};
const v4 = (port: number, ...address: number[]): SocketAddress => ({ v4: { address: new Uint8Array(address), port } });
const v6 = (port: number, first: number): SocketAddress => ({
  v6: { address: new Uint8Array(16).fill(first, 0, 1), port, scope: 0 },
});
const unix = (path: string): SocketAddress => ({ unix: { path: new TextEncoder().encode(path) } });
const own = v4(43_210, 127, 0, 0, 1);

function decide(destination: SocketAddress, change: Partial<OutgoingRules> = {}, type = SOCK_STREAM) {
  return decideOutgoing(destination, type, { ...rules, ...change }, (port) => port === 8080 ? own : null);
}

Deno.test("connections leave from the target, loopback included", () => {
  for (const address of [v4(80, 10, 0, 0, 1), v4(80, 127, 0, 0, 1), v4(80, 0, 0, 0, 0), v6(80, 0xfd)]) {
    assert.equal(decide(address), "remote");
    assert.equal(decide(mapped(address)), "remote");
  }
});

Deno.test("own listeners are reached where they really are", () => {
  for (const address of [v4(8080, 127, 0, 0, 1), v4(8080, 0, 0, 0, 0), mapped(v4(8080, 127, 0, 0, 9)), v6(8080, 0)]) {
    assert.deepEqual(decide(address), { local: own });
  }
  assert.equal(decide(v4(8080, 10, 0, 0, 1)), "remote");
  const loopback = v4(8080, 127, 0, 0, 1);
  assert.deepEqual(decide(loopback, { ignoreLocalhost: true }), { local: loopback });
});

Deno.test("port 0 and the debugger's ports on loopback stay local, but for the ports of sidecars", () => {
  assert.deepEqual(decide(v4(0, 10, 0, 0, 1)), { local: v4(0, 10, 0, 0, 1) });
  assert.deepEqual(decide(v4(45_001, 127, 0, 0, 1)), { local: v4(45_001, 127, 0, 0, 1) });
  assert.equal(decide(v4(45_001, 10, 0, 0, 1)), "remote");
  assert.equal(decide(v4(50_000, 127, 0, 0, 1)), "remote");
  assert.equal(decide(v4(50_001, 127, 0, 0, 1)), "remote");
});

Deno.test("protocols that are switched off stay local, but name servers are the target's", () => {
  const [web, name] = [v4(80, 10, 0, 0, 1), v4(53, 10, 0, 0, 10)];
  assert.deepEqual(decide(web, { tcp: false }), { local: web });
  assert.equal(decide(web, { tcp: false }, SOCK_DGRAM), "remote");
  assert.deepEqual(decide(web, { udp: false }, SOCK_DGRAM), { local: web });
  assert.equal(decide(name, { udp: false }, SOCK_DGRAM), "remote");
  assert.equal(decide(name, { tcp: false }), "remote");
  assert.equal(decide(v4(53, 127, 0, 0, 53), { udp: false, ignoreLocalhost: true }, SOCK_DGRAM), "remote");
  assert.deepEqual(decide(name, { udp: false, dns: false }, SOCK_DGRAM), { local: name });
  assert.deepEqual(decide(v6(80, 0xfd), { ipv6: false }), { failed: 101 });
});

Deno.test("unix sockets are local unless a pattern matches", () => {
  const unixStreams = [/^\/run\/db/, /^@bus/];
  assert.deepEqual(decide(unix("/run/x"), { unixStreams }), { local: unix("/run/x") });
  assert.equal(decide(unix("/run/db.sock\0\0"), { unixStreams }), "remote");
  assert.equal(decide(unix("\0bus"), { unixStreams }), "remote");
  assert.deepEqual(decide(unix("/run/db"), { unixStreams }, SOCK_DGRAM), { local: unix("/run/db") });
  assert.equal(decide(unix("/run/db"), { unixStreams }, SOCK_SEQPACKET), "remote");
  assert.deepEqual(withoutTrailingZeros(unix("\0a\0")), unix("\0a\0"));
});

Deno.test("parsePortRanges() reads single ports and ranges", () => {
  assert.deepEqual(parsePortRanges("8000-8010, 9000,x,-1"), [
    { first: 8000, last: 8010 },
    { first: 9000, last: 9000 },
  ]);
  assert.deepEqual(parsePortRanges(""), []);
});
