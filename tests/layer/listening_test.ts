/** Servers listen: what they are told about their sockets, and what the proxy is told. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { addressText } from "./remote_peers.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const source = { v4: { address: new Uint8Array([203, 0, 113, 9]), port: 5555 } };
const session = async (script: Script = {}) => new ScriptedProxy(script, await layer());

/** A port that nobody has just now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** What the C program must print. */
function expected(port: number, taken: number): Record<string, string> {
  return {
    bind: "0 untouched",
    "bind-twice": "-1 EINVAL",
    listen: "0 untouched",
    "listen-again": "0 untouched",
    name: `0.0.0.0:${port} 16`,
    "real-port": "1",
    accept: "1 203.0.113.9:5555 16",
    accept4: "1 203.0.113.9:5555 16",
    "accept-cut": "16 1 cb00ee",
    "accept-nothing-wanted": "1 untouched",
    taken: "0 untouched",
    "taken-listen": "0 untouched",
    "taken-name": `0.0.0.0:${taken} 16`,
    "taken-moved": "1",
    "taken-accept": "1 203.0.113.9:5555 16",
    "own-address": "-1 EADDRINUSE",
    "own-then-another": "0 untouched",
    "target-address": "0 untouched",
    "target-name": `10.99.0.7:${port + 1} 16`,
    "target-listen": "0 untouched",
    "any-port": "0 untouched",
    "any-listen": "0 untouched",
    "any-true": "1",
    "six-taken": "0 untouched",
    "six-listen": "0 untouched",
    "six-name": "1 28",
    "datagram-taken-is-local": "0 untouched",
    "not-bound-listen": "0 untouched",
    "listen-file": "-1 ENOTSOCK",
    "bind-file": "-1 ENOTSOCK",
  };
}

for (const musl of [false, true]) {
  Deno.test(`C, ${musl ? "musl" : "glibc"}: a server's sockets`, async () => {
    const stranger = Deno.listen({ hostname: "0.0.0.0", port: 0 });
    const taken = (stranger.addr as Deno.NetAddr).port;
    const port = freePort();
    await using proxy = await session({ sources: { "*": source } });
    const ended = await run([await cProgram("listening", { musl }), String(port), String(taken)], { session: proxy });
    stranger.close();
    expectFacts(ended, expected(port, taken));
    const listened = proxy.asked("listen").map((
      { requested, actual },
    ) => [addressText(requested), addressText(actual)]);
    const ports = listened.map(([requested]) => requested);
    deepStrictEqual(ports.slice(0, 3), [`0.0.0.0:${port}`, `0.0.0.0:${port}`, `0.0.0.0:${taken}`]);
    ok(listened[2]![0] !== listened[2]![1], "the moved listener's real address is another one");
    ok(ports.includes(`10.99.0.7:${port + 1}`));
    ok(ports.includes(`[0:0:0:0:0:0:0:0]:${taken}`));
    const anyPort = listened.filter(([requested]) => requested!.endsWith(":0"));
    strictEqual(anyPort.length, 2, "those that get no traffic are told without a port");
    ok(anyPort.every(([, actual]) => !actual!.endsWith(":0")));
    strictEqual(ports.length, 7);
  });
}

/** Binds and listens on each port, and says what the socket is called. */
const listenOn = (...ports: number[]) => `
import socket
for port in ${JSON.stringify(ports)}:
    s = socket.socket(); s.bind(("0.0.0.0", port)); s.listen(); print(s.getsockname()[1] == port)`;

Deno.test("ports that the configuration excepts listen locally", async () => {
  const [ignored, debugger_, only, other] = [freePort(), freePort(), freePort(), freePort()];
  await using proxy = await session({
    config: {
      incomingIgnorePorts: [{ first: ignored, last: ignored }],
      debuggerPorts: [{ first: debugger_, last: debugger_ }],
      incomingOnlyPorts: [only, ignored, debugger_].map((port) => ({ first: port, last: port })),
    },
  });
  const { stdout } = await run(["python3", "-c", listenOn(ignored, debugger_, only, other)], { session: proxy });
  strictEqual(stdout, "True\n".repeat(4));
  // Told without a port, they get no traffic; but the session's own connections find them.
  const listened = proxy.asked("listen");
  const without = "0.0.0.0:0";
  deepStrictEqual(listened.map(({ requested }) => addressText(requested)), [
    without,
    without,
    `0.0.0.0:${only}`,
    without,
  ]);
  const actual = [ignored, debugger_, only, other].map((port) => `0.0.0.0:${port}`);
  deepStrictEqual(listened.map((each) => addressText(each.actual)), actual);
});

Deno.test("a fixed local port is taken exactly, or bind fails", async () => {
  const [requested, actual] = [freePort(), freePort()];
  await using proxy = await session({ config: { listenPorts: [{ requested, actual }] } });
  const { stdout, stderr } = await run(["python3", "-c", listenOn(requested)], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "True\n");
  const [listened] = proxy.asked("listen");
  strictEqual(addressText(listened!.actual), `0.0.0.0:${actual}`);
  const stranger = Deno.listen({ hostname: "0.0.0.0", port: actual });
  const refused = await run(["python3", "-c", listenOn(requested)], { session: proxy });
  stranger.close();
  ok(refused.stderr.includes("Address already in use"), refused.stderr);
});

Deno.test("an address that the program itself has is refused", async () => {
  const stranger = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = stranger.addr as Deno.NetAddr;
  await using proxy = await session({ taken: [`0.0.0.0:${port}`] });
  const { stderr } = await run(["python3", "-c", listenOn(port)], { session: proxy });
  stranger.close();
  ok(stderr.includes("Address already in use"), stderr);
});

Deno.test("with incoming off, nothing is asked and a taken port is taken", async () => {
  const stranger = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = stranger.addr as Deno.NetAddr;
  await using proxy = await session({ config: { incomingMode: 0 } });
  const { stderr } = await run(["python3", "-c", listenOn(port)], { session: proxy });
  stranger.close();
  ok(stderr.includes("Address already in use"), stderr);
  strictEqual(proxy.asked("bound").length + proxy.asked("listen").length, 0);
});

Deno.test("python and node servers learn who connects", async () => {
  await using proxy = await session({ sources: { "*": source } });
  const port = freePort();
  const python = `
import socket, threading
s = socket.create_server(("127.0.0.1", ${port}))
threading.Thread(target=lambda: socket.create_connection(("127.0.0.1", ${port}))).start()
c, address = s.accept(); print(address)`;
  strictEqual((await run(["python3", "-c", python], { session: proxy })).stdout, "('203.0.113.9', 5555)\n");
  const node = `
const net = require("net");
const server = net.createServer((s) => { console.log(s.remoteAddress, s.remotePort); process.exit(); });
server.listen(${port}, "127.0.0.1", () => net.connect(${port}, "127.0.0.1"));`;
  const { stdout, stderr } = await run(["node", "-e", node], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "203.0.113.9 5555\n");
});
