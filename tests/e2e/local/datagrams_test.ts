/** Datagrams of sockets that are connected and that are not: they leave from the target, and answers tell who sent them. */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec, type RunOptions } from "../mirrord.ts";
import { python } from "../programs.ts";
import { address, datagramPort, elsewherePort, refusedPort, unreachableAddress } from "../target/scene.ts";

/** What the program printed, line by line; it must have succeeded in silence. */
async function lines(target: IsolatedTarget, command: string[], options: RunOptions = {}): Promise<string[]> {
  const { code, stdout, stderr } = await exec(target.path, command, options);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout.trimEnd().split("\n");
}

const prelude = `
import socket
def udp(family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(5); return s
def say(received):
    data, sender = received; print(data.decode().split(" ", 1)[1], sender[0], sender[1])
echo, elsewhere = ("${address}", ${datagramPort}), ("${address}", ${elsewherePort})
`;

Deno.test("sendto and sendmsg reach the target's network, and the true sender is told", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
s = udp()
s.sendto(b"sendto", echo); say(s.recvfrom(99))
s.sendmsg([b"send", b"msg"], [], 0, echo); data, _, _, sender = s.recvmsg(99); say((data, sender))
s.sendto(b"other port", elsewhere); say(s.recvfrom(99))
s.sendto(b"again", echo); say(s.recvfrom(99))
a, b = udp(), udp()
a.bind(("0.0.0.0", 0)); b.bind(("0.0.0.0", 0))
a.sendto(b"first", echo); b.sendto(b"second", echo); say(b.recvfrom(99)); say(a.recvfrom(99))
`;
  assert.deepEqual(await lines(target, python(text)), [
    `sendto ${address} ${datagramPort}`,
    `sendmsg ${address} ${datagramPort}`,
    `other port ${address} ${elsewherePort + 1}`,
    `again ${address} ${datagramPort}`,
    `second ${address} ${datagramPort}`,
    `first ${address} ${datagramPort}`,
  ]);
});

Deno.test("one socket keeps one port at the target, whoever it talks to", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
s = udp()
ports = set()
for i in range(3):
    s.sendto(b"x", echo); ports.add(s.recvfrom(99)[0].split()[0])
print(len(ports), s.getsockname()[1] > 0)
`;
  assert.deepEqual(await lines(target, python(text)), ["1 True"]);
});

Deno.test("IPv6, IPv4 on sockets of IPv6, and sockets of IPv6 alone", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
s = udp(socket.AF_INET6)
s.sendto(b"six", ("::1", ${datagramPort})); say(s.recvfrom(99))
s.sendto(b"mapped", ("::ffff:${address}", ${datagramPort})); say(s.recvfrom(99))
only = udp(socket.AF_INET6); only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
only.sendto(b"only", ("::1", ${datagramPort})); say(only.recvfrom(99))
c = udp(socket.AF_INET6); c.connect(("::1", ${datagramPort})); c.send(b"connected"); say(c.recvfrom(99))
`;
  assert.deepEqual(await lines(target, python(text)), [
    `six ::1 ${datagramPort}`,
    `mapped ::ffff:${address} ${datagramPort}`,
    `only ::1 ${datagramPort}`,
    `connected ::1 ${datagramPort}`,
  ]);
});

Deno.test("connected sockets: several peers in turn, the sender, and datagrams addressed to the own peer", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
s = udp()
s.connect(echo); s.send(b"one"); say(s.recvfrom(99)); print(s.getpeername(), s.getsockname()[0])
s.sendto(b"addressed", echo); say(s.recvfrom(99))
s.connect(("${address}", 53)); print(s.getpeername())
s.connect(echo); s.send(b"back"); say(s.recvfrom(99))
`;
  assert.deepEqual(await lines(target, python(text)), [
    `one ${address} ${datagramPort}`,
    `('${address}', ${datagramPort}) ${address}`,
    `addressed ${address} ${datagramPort}`,
    `('${address}', 53)`,
    `back ${address} ${datagramPort}`,
  ]);
});

Deno.test("a peer that refuses is told as such, and may answer later", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
s = udp(); s.connect(("${address}", ${refusedPort})); s.send(b"x")
try: s.recv(99)
except OSError as error: print(error.errno)
s.connect(echo); s.send(b"there"); say(s.recvfrom(99))
`;
  assert.deepEqual(await lines(target, python(text)), ["111", `there ${address} ${datagramPort}`]);
  const dig = await exec(target.path, ["dig", "+tries=1", "+time=5", "-p", String(refusedPort), "db.e2e.internal"]);
  assert.match(dig.stdout, /connection refused/);
});

Deno.test("that there is no way to a peer is told with the second datagram, and others are reached all the same", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
import errno, time
s = udp(); nowhere = ("${unreachableAddress}", 9)
print(s.sendto(b"first", nowhere))
end = time.time() + 5
while time.time() < end:
    time.sleep(0.05)
    try: s.sendto(b"again", nowhere)
    except OSError as error: print(errno.errorcode[error.errno]); break
for word in (b"one", b"two"): s.sendto(word, echo); say(s.recvfrom(99))
`;
  const answered = ["one", "two"].map((word) => `${word} ${address} ${datagramPort}`);
  assert.deepEqual(await lines(target, python(text)), ["5", "ENETUNREACH", ...answered]);
});

Deno.test("datagrams among this machine's own sockets stay here", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
a, b = udp(), udp()
a.bind(("127.0.0.1", 0)); b.bind(("127.0.0.1", 0))
b.sendto(b"x near", a.getsockname()); data, sender = a.recvfrom(99); print(data.decode(), sender == b.getsockname())
a.sendto(b"x back", sender); print(b.recvfrom(99)[0].decode())
`;
  await using configured = await withConfiguration({ feature: { network: { outgoing: { ignore_localhost: true } } } });
  const { flags } = configured;
  assert.deepEqual(await lines(target, python(text), { flags }), ["x near True", "x back"]);
});

Deno.test("what is for many leaves from here, on connected sockets, too", async () => {
  await using target = await IsolatedTarget.start();
  const text = `${prelude}
group = ("239.98.7.1", 0)
r = udp(); r.bind(("", 0)); group = (group[0], r.getsockname()[1])
r.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group[0]) + socket.inet_aton("127.0.0.1"))
for connected in (False, True):
    s = udp(); s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    if connected: s.connect(group); s.send(b"to many"); print(s.getpeername() == group)
    else: s.sendto(b"to many", group)
    data, sender = r.recvfrom(99); print(data.decode(), sender[1] == s.getsockname()[1])
for call in ("connect", "sendto"):
    try: udp().connect(("255.255.255.255", 9)) if call == "connect" else udp().sendto(b"x", ("255.255.255.255", 9))
    except PermissionError: print("this machine's refusal")
`;
  const refused = "this machine's refusal";
  assert.deepEqual(await lines(target, python(text)), ["to many True", "True", "to many True", refused, refused]);
});

Deno.test("with UDP off datagrams stay here, but for questions about names", async () => {
  await using target = await IsolatedTarget.start();
  await using configured = await withConfiguration({ feature: { network: { outgoing: { udp: false } } } });
  const { flags } = configured;
  const text = `${prelude}
s = udp(); s.settimeout(0.3)
try: s.sendto(b"lost", echo); s.recvfrom(99); print("came back")
except OSError: print("local")
`;
  assert.deepEqual(await lines(target, python(text), { flags }), ["local"]);
  assert.deepEqual(await lines(target, ["dig", "+short", "+time=5", "only4.e2e.internal"], { flags }), ["10.98.0.4"]);
});

Deno.test("Node's dgram sends many at once, and receives from the true sender", async () => {
  await using target = await IsolatedTarget.start();
  const text = `
const socket = require("dgram").createSocket("udp4"), seen = new Set(); let count = 0;
socket.on("message", (message, from) => {
  seen.add(from.address + " " + from.port);
  if (++count === 20) { console.log(count, [...seen].join()); socket.close(); }
});
for (let i = 0; i < 20; i++) socket.send("message " + i, ${datagramPort}, "${address}");`;
  assert.deepEqual(await lines(target, ["node", "-e", text]), [`20 ${address} ${datagramPort}`]);
});

for (const kind of ["glibc", "musl", "32-bit glibc"]) {
  for (const isStatic of [false, true]) {
    Deno.test(`C, ${kind}${isStatic ? ", static" : ""}: every call that names an address`, async () => {
      await using target = await IsolatedTarget.start();
      const flags = isStatic ? ["-static", "-w", "-Wl,--no-warnings"] : [];
      if (kind === "32-bit glibc") flags.push("-m32");
      const program = await cProgram("datagrams", { musl: kind === "musl", flags });
      const from = `from ${address}:${datagramPort}`;
      const said = await lines(target, [program, address, String(datagramPort), "only4.e2e.internal"]);
      assert.deepEqual(said, [
        `recvfrom: words ${from}`,
        "length 16",
        `recvmsg: two parts ${from}`,
        "sent 3 of 1",
        ...["a", "b", "c"].map((text) => `recvmmsg: ${text} ${from}`),
        "signal: EINTR",
        "handled 1",
        "limit: EAGAIN",
        "getaddrinfo: 10.98.0.4:80",
      ]);
    });
  }
}
