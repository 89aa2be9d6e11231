/** Names are resolved as the target does; everything around them stays libc's own. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { expectFacts } from "./facts.ts";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const script: Script = {
  names: {
    "one.internal": ["10.1.2.3"],
    "two.internal": ["10.1.2.3", "10.1.2.4"],
    "six.internal": ["fd00:0:0:0:0:0:0:5"],
    "both.internal": ["fd00:0:0:0:0:0:0:5", "10.1.2.3"],
    "1password.internal": ["10.1.2.9"],
  },
  reverse: { "10.1.2.3": "one.internal" },
};

const session = async (more: Script = {}) => new ScriptedProxy({ ...script, ...more }, await layer());

const expected: Record<string, string> = {
  stream: "10.1.2.3:80/1/6 10.1.2.4:80/1/6",
  service: "10.1.2.3:443/1/6",
  "no-service": "10.1.2.3:0/1/6",
  "bad-service": "code -8",
  "no-hints": "10.1.2.3:80/1/6 10.1.2.3:80/2/17 10.1.2.3:80/3/0",
  canonical: "10.1.2.3:80/1/6 name canonical.one.internal",
  six: "fd00::5:80/1/6",
  "six-of-four": "code -5",
  mapped: "::ffff:10.1.2.3:80/1/6",
  four: "10.1.2.3:53/2/17",
  both: "fd00::5:53/1/6 10.1.2.3:53/1/6",
  missing: "code -2",
  number: "192.0.2.1:80/1/6",
  "short-number": "127.0.0.1:80/1/6",
  "number-six": "2001:db8::1:80/1/6",
  "numeric-only": "code -2",
  "digits-first": "10.1.2.9:80/1/6",
  passive: "0.0.0.0:80/1/6",
  trimmed: "1000",
  byname: "canonical.two.internal 2 4 10.1.2.3 of 2",
  "byname-missing": "none 1",
  "byname-number": "192.0.2.1 2 4 192.0.2.1 of 1",
  byname2: "canonical.six.internal 10 16 fd00::5 of 1",
  "byname2-no-data": "none 4",
  byaddr: "one.internal 2 4 10.1.2.3 of 1",
  "r-small": "ERANGE 1",
  "r-code": "0 1",
  r: "canonical.two.internal 2 4 10.1.2.3 of 2",
  "r-missing": "0 1 1",
  "r-byaddr": "one.internal 2 4 10.1.2.3 of 1",
  nameinfo: "0 one.internal http",
  "nameinfo-numeric": "0 10.1.2.3 80",
  "nameinfo-unknown": "0 10.1.2.77",
  "nameinfo-required": "-2",
  "nameinfo-tiny": "-12",
  gethostname: "0 untouched",
  "gethostname-text": "remote-host",
  uname: "remote-host Linux",
};

Deno.test("C, glibc: names", async () => {
  await using proxy = await session();
  expectFacts(await run([await cProgram("names")], { session: proxy }), { ...expected, "bad-type": "code -7" });
});

Deno.test("C, musl: names, with musl's own expansion", async () => {
  await using proxy = await session();
  expectFacts(await run([await cProgram("names", { musl: true })], { session: proxy }), {
    ...expected,
    "no-hints": "10.1.2.3:80/1/6 10.1.2.3:80/2/17",
    "bad-type": "code -8",
    // musl names every node of its own lists.
    number: "192.0.2.1:80/1/6 name 192.0.2.1",
    "short-number": "127.0.0.1:80/1/6 name 127.1",
    "number-six": "2001:db8::1:80/1/6 name 2001:db8::1",
    "passive": "0.0.0.0:80/1/6",
  });
});

Deno.test("python and node resolve", async () => {
  await using proxy = await session();
  const python = `
import socket, json
print(json.dumps([socket.gethostname(), socket.gethostbyname("two.internal"), socket.gethostbyname_ex("two.internal")[2],
  socket.getfqdn("10.1.2.3"), sorted({a[4][0] for a in socket.getaddrinfo("both.internal", "http")})]))`;
  const said = await run(["python3", "-c", python], { session: proxy });
  strictEqual(said.stderr, "");
  deepStrictEqual(JSON.parse(said.stdout), [
    "remote-host",
    "10.1.2.3",
    ["10.1.2.3", "10.1.2.4"],
    "one.internal",
    ["10.1.2.3", "fd00::5"],
  ]);
  const node = `
require("dns").lookup("two.internal", { all: true }, (e, a) => { console.log(JSON.stringify(a), require("os").hostname());
  require("dns").lookup("missing.internal", (e) => console.log(e.code)); });`;
  const { stdout } = await run(["node", "-e", node], { session: proxy });
  strictEqual(
    stdout,
    '[{"address":"10.1.2.3","family":4},{"address":"10.1.2.4","family":4}] remote-host\nENOTFOUND\n',
  );
});

Deno.test("without dns and host name, nothing is asked", async () => {
  await using proxy = await session({ config: { dnsEnabled: false, hostname: null } });
  const { stdout } = await run([
    "python3",
    "-c",
    "import socket; print(socket.gethostbyname('localhost'), socket.gethostname())",
  ], {
    session: proxy,
  });
  strictEqual(stdout, `127.0.0.1 ${Deno.hostname()}\n`);
  strictEqual(proxy.requests.filter((request) => "resolve" in request).length, 0);
});

Deno.test("getaddrinfo_a: waiting, told by a thread, told by a signal, and of a number", async () => {
  await using proxy = new ScriptedProxy({ names: { "db.internal": ["10.1.2.3"] } }, await layer());
  const { stdout, stderr } = await run([await cProgram("asynchronous_names", { flags: ["-lanl"] }), "db.internal"], {
    session: proxy,
  });
  strictEqual(stderr, "");
  strictEqual(
    stdout,
    "waiting: 0 10.1.2.3 told 0\nmissing: -2 - told 0\nthread: 0 10.1.2.3 told 7\nsignal: 0 10.1.2.3 told 8\n" +
      "number: 0 127.0.0.1 told 0\n",
  );
});

Deno.test("names that the proxy leaves to this machine are libc's to resolve", async () => {
  await using proxy = new ScriptedProxy(
    { localNames: ["localhost"], names: { localhost: ["10.1.2.3"] } },
    await layer(),
  );
  const program = `
import socket
print(sorted({found[4][0] for found in socket.getaddrinfo("localhost", 80, socket.AF_INET)}))
print(socket.gethostbyname("localhost"), socket.gethostbyname_ex("localhost")[2])`;
  const { stdout, stderr } = await run(["python3", "-c", program], { session: proxy });
  strictEqual(stderr, "");
  strictEqual(stdout, "['127.0.0.1']\n127.0.0.1 ['127.0.0.1']\n");
});
