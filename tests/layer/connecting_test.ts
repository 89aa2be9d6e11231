/** Programs connect to the target's peers: the true outcome and errno, and the program's own socket throughout. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const ECONNREFUSED = 111, EHOSTUNREACH = 113;

const script: Script = {
  files: { "/app/hello.txt": { content: "hello remote\n" }, "/app/slow": { content: "late", afterMs: 200 } },
  names: { "db.internal": ["10.1.2.3"], "refused.internal": ["10.1.2.9"] },
  peers: {
    "10.1.2.3:80": { greet: "welcome" },
    "10.1.2.3:81": { errno: ECONNREFUSED },
    "10.1.2.3:82": { errno: EHOSTUNREACH, afterMs: 20 },
    "10.1.2.3:83": { greet: "late", afterMs: 300 },
    "10.1.2.3:84": { silent: true },
    "10.1.2.3:53": { echo: "answer to " },
    "[fd00:0:0:0:0:0:0:5]:80": { greet: "six" },
  },
};

const session = async (more: Script = {}) => new ScriptedProxy({ ...script, ...more }, await layer());

const expected: Record<string, string> = {
  blocking: "0 untouched",
  "blocking-flags": "0 untouched",
  "blocking-greeting": "7 welcome",
  "blocking-names": "10.99.0.7:40000 16 10.1.2.3:80 16",
  "blocking-again": "-1 EISCONN",
  echo: "4 echo",
  refused: "-1 ECONNREFUSED",
  "refused-socket-error": "0",
  "refused-then": "0 untouched",
  "refused-then-greeting": "7 welcome",
  unreachable: "-1 EHOSTUNREACH",
  "port-zero-is-local": "-1 ECONNREFUSED",
  "bad-descriptor": "-1 EBADF",
  "no-socket": "-1 ENOTSOCK",
  "wrong-family": "-1 EAFNOSUPPORT",
  "short-address": "-1 EINVAL",
  "raw-connect": "0 untouched",
  "raw-greeting": "7 welcome",
  "bound-first": "0 untouched",
  "bound-connect": "0 untouched",
  "bound-greeting": "7 welcome",
  "fast-open": "0 untouched",
  "fast-open-greeting": "7 welcome",
  mapped: "0 untouched",
  "mapped-greeting": "7 welcome",
  "mapped-names": "::ffff:10.99.0.7:40000 28 ::ffff:10.1.2.3:80 28",
  v6: "0 untouched",
  "v6-greeting": "3 six",
  "v6-names": "::ffff:10.99.0.7:40000 28 fd00::5:80 28",
  later: "-1 EINPROGRESS",
  "later-at-once": "1",
  "later-again": "-1 EALREADY",
  "later-not-yet": "0 untouched",
  "later-ready": "1 untouched",
  "later-waited": "1",
  "later-socket-error": "0",
  "later-epoll": "1 untouched",
  "later-epoll-out": "1",
  "later-connect-tells": "1",
  "later-greeting": "4 late",
  "fails-81": "-1 EINPROGRESS",
  "fails-81-then": "1 hup 1 error ECONNREFUSED",
  "fails-82": "-1 EINPROGRESS",
  "fails-82-then": "1 hup 1 error EHOSTUNREACH",
  silent: "-1 EINPROGRESS",
  "silent-poll": "0 untouched",
  "silent-socket-error": "0",
  interrupted: "-1 EINTR",
  "interrupted-handled": "1",
  "interrupted-goes-on": "1 untouched",
  "interrupted-greeting": "4 late",
  restarted: "0 untouched",
  "restarted-handled": "1",
  limited: "-1 EINPROGRESS",
  "limited-in-time": "1",
  "slow-open": "1 handled 1",
};

for (const musl of [false, true]) {
  Deno.test(`C, ${musl ? "musl" : "glibc"}: every way to connect`, async () => {
    await using proxy = await session();
    expectFacts(await run([await cProgram("connecting", { musl })], { session: proxy }), expected);
  });
}

Deno.test("a hundred threads behind a silent peer delay no other call", async () => {
  await using proxy = await session();
  expectFacts(await run([await cProgram("connecting"), "many"], { session: proxy }), {
    "beside-many": "0 untouched",
    "beside-many-quick": "1 of 100",
    "file-beside-many": "1",
  });
  ok(proxy.mostOpen > 100, `${proxy.mostOpen} connections`);
});

Deno.test("python: sockets, asyncio and urllib", async () => {
  await using proxy = await session();
  const program = `
import socket, asyncio, json
def outcome(port, host="db.internal"):
    try:
        with socket.create_connection((host, port), 5) as s:
            return [s.recv(20).decode(), s.getpeername(), s.getsockname()[0]]
    except OSError as error: return error.errno
async def main():
    r, w = await asyncio.open_connection("db.internal", 83)
    said = (await r.read(10)).decode(); w.close()
    try: await asyncio.open_connection("db.internal", 82)
    except OSError as error: return [said, error.errno]
print(json.dumps([outcome(80), outcome(81), outcome(82), outcome(80, "refused.internal"), asyncio.run(main())]))`;
  const { stdout, stderr } = await run(["python3", "-c", program], { session: proxy });
  strictEqual(stderr, "");
  deepStrictEqual(JSON.parse(stdout), [
    ["welcome", ["10.1.2.3", 80], "10.99.0.7"],
    111,
    113,
    111,
    ["late", 113],
  ]);
});

Deno.test("node: connections and their errors, without stalling the event loop", async () => {
  await using proxy = await session();
  const program = `
const net = require("net"), say = {}; let ticks = 0; const timer = setInterval(() => ticks++, 10);
const one = (name, port) => new Promise((done) => net.connect(port, "db.internal")
  .on("data", (d) => { say[name] = "" + d; say[name + "Peer"] = 1; done(); }).on("error", (e) => { say[name] = e.code; done(); }));
Promise.all([one("good", 80), one("refused", 81), one("unreachable", 82), one("late", 83)]).then(() => {
  clearInterval(timer); console.log(JSON.stringify({ ...say, ticked: ticks > 15 })); process.exit(); });`;
  const { stdout, stderr } = await run(["node", "-e", program], { session: proxy });
  strictEqual(stderr, "");
  deepStrictEqual(JSON.parse(stdout), {
    good: "welcome",
    goodPeer: 1,
    refused: "ECONNREFUSED",
    unreachable: "EHOSTUNREACH",
    late: "late",
    latePeer: 1,
    ticked: true,
  });
});

Deno.test("connected datagram sockets reach the target's peers", async () => {
  await using proxy = await session();
  const program = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.1.2.3", 53)); s.settimeout(5)
s.send(b"one"); print(s.recv(99).decode()); s.send(b"two"); print(s.recv(99).decode())
print(s.getpeername(), s.getsockname()[0])
a, b = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab"]
a.bind(("127.0.0.1", 0)); b.sendto(b"near", a.getsockname()); print(a.recv(9).decode())`;
  const { stdout, stderr } = await run(["python3", "-c", program], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "answer to one\nanswer to two\n('10.1.2.3', 53) 10.99.0.7\nnear\n");
  const node = `
const s = require("dgram").createSocket("udp4");
s.on("message", (m) => { console.log("" + m, JSON.stringify(s.remoteAddress())); s.close(); });
s.connect(53, "10.1.2.3", () => s.send("node"));`;
  const said = await run(["node", "-e", node], { session: proxy });
  strictEqual(said.stdout, `answer to node {"address":"10.1.2.3","family":"IPv4","port":53}\n`, said.stderr);
});

Deno.test("curl and bash connect by name", async () => {
  await using proxy = await session({
    peers: { "10.1.2.3:80": { greet: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok" } },
  });
  const curl = await run(["curl", "-s", "-m", "5", "-w", " %{remote_ip} %{local_ip}", "http://db.internal/"], {
    session: proxy,
  });
  strictEqual(curl.stdout, "ok 10.1.2.3 10.99.0.7");
  const bash = await run(["bash", "-c", "exec 3<>/dev/tcp/db.internal/80; head -c 15 <&3"], { session: proxy });
  strictEqual(bash.stdout, "HTTP/1.0 200 OK");
  const refused = await run(["curl", "-sS", "-m", "5", "http://refused.internal/"], { session: proxy });
  strictEqual(refused.code, 7);
});

Deno.test("what is local stays local: loopback, debugger ports, a destination that the proxy sends elsewhere", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("local"));
      connection.close();
    }
  })();
  const address = new Uint8Array([127, 0, 0, 1]);
  await using proxy = await session({
    peers: { "10.9.9.9:9": { local: { v4: { address, port } } } },
    config: { outgoingIgnoreLocalhost: false, debuggerPorts: [{ first: port, last: port }] },
  });
  const program = `
import socket
for address in [("127.0.0.1", ${port}), ("10.9.9.9", 9)]:
    s = socket.create_connection(address); print(s.recv(9).decode())`;
  const { stdout, stderr } = await run(["python3", "-c", program], { session: proxy });
  listener.close();
  await serving;
  strictEqual(stderr, "");
  strictEqual(stdout, "local\nlocal\n");
  strictEqual(proxy.asked("connect").length, 1);
});

Deno.test("when the proxy dies, a connect fails instead of going out from here", async () => {
  const proxy = await session();
  proxy.die();
  const program = `import socket; print(socket.socket().connect_ex(("10.1.2.3", 80)))`;
  const { stdout } = await run(["python3", "-c", program], { session: proxy });
  await proxy.close();
  strictEqual(stdout, "101\n");
});
