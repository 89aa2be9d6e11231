/** Datagrams of sockets that are not connected: asked about once, sent to a stand-in, told to come from their peer. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { cProgram, layer, run } from "./programs.ts";
import { type Script, ScriptedProxy } from "./scripted_proxy.ts";

const script: Script = {
  names: { "db.internal": ["10.1.2.3"] },
  peers: { "10.1.2.3:9003": { echo: "me " } },
};

const session = async (more: Script = {}) => new ScriptedProxy({ ...script, ...more }, await layer());

for (const musl of [false, true]) {
  Deno.test(`C, ${musl ? "musl" : "glibc"}: every call that names an address`, async () => {
    await using proxy = await session();
    const program = await cProgram("datagrams", { musl });
    const { stdout, stderr } = await run([program, "10.1.2.3", "9003", "db.internal"], { session: proxy });
    strictEqual(stderr, "");
    const from = "from 10.1.2.3:9003";
    deepStrictEqual(stdout.trim().split("\n"), [
      `recvfrom: words ${from}`,
      "length 16",
      `recvmsg: two parts ${from}`,
      "sent 3 of 1",
      ...["a", "b", "c"].map((text) => `recvmmsg: ${text} ${from}`),
      "signal: EINTR",
      "handled 1",
      "limit: EAGAIN",
      "getaddrinfo: 10.1.2.3:80",
    ]);
    strictEqual(proxy.asked("sendTo").length, 1, "the first datagram asks for all of them");
    strictEqual(proxy.asked("receivedFrom").length, 0);
    const { from: bound } = proxy.asked("sendTo")[0]!;
    ok("v4" in bound && bound.v4.port > 0, "the proxy is told where answers go");
  });
}

const exchange = (...lines: string[]) => ["python3", "-c", `import os, socket\n${lines.join("\n")}`];

Deno.test("a forked child, and one that was handed the socket, are told the sender, too", async () => {
  await using proxy = await session();
  const child = `import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); print(s.recvfrom(99)[1])`;
  const { stdout, stderr } = await run(
    exchange(
      `import subprocess, sys`,
      `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"a", ("10.1.2.3", 9003))`,
      `if os.fork() == 0: print(s.recvfrom(99)[1], flush=True); os._exit(0)`,
      `os.wait(); s.sendto(b"b", ("10.1.2.3", 9003))`,
      `subprocess.run([sys.executable, "-c", ${JSON.stringify(child)}, str(s.fileno())], pass_fds=[s.fileno()])`,
    ),
    { session: proxy },
  );
  strictEqual(stderr, "");
  strictEqual(stdout, "('10.1.2.3', 9003)\n('10.1.2.3', 9003)\n");
  strictEqual(proxy.asked("receivedFrom").length, 1, "who was handed the socket has to ask");
});

Deno.test("what the proxy leaves here, multicast, and messages without an address are sent as they are", async () => {
  await using proxy = await session();
  const { stdout, stderr } = await run(
    exchange(
      `a, b = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "ab"]`,
      `a.bind(("127.0.0.2", 0)); b.bind(("127.0.0.3", 0))`,
      `b.sendto(b"near", a.getsockname()); print(a.recvfrom(9) == (b"near", b.getsockname()))`,
      `m = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)`,
      `m.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))`,
      `m.sendto(b"many", ("224.0.0.251", 5353))`,
      `c, d = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); c.send(b"x"); print(d.recvfrom(9))`,
      `t = socket.create_server(("127.0.0.1", 0)); u = socket.create_connection(t.getsockname()); v, _ = t.accept()`,
      `u.sendmsg([b"str", b"eam"]); print(v.recvmsg(9)[0])`,
    ),
    { session: proxy },
  );
  strictEqual(stderr, "");
  strictEqual(stdout, "True\n(b'x', None)\nb'stream'\n");
  strictEqual(proxy.asked("sendTo").length, 0);
});

Deno.test("a hidden connect is refused as where fast open is off, so that the program makes it openly", async () => {
  await using proxy = await session();
  const { stdout } = await run(
    exchange(
      `s = socket.socket()`,
      `try: s.sendto(b"x", socket.MSG_FASTOPEN, ("10.1.2.3", 80))`,
      `except OSError as error: print(error.errno)`,
    ),
    { session: proxy },
  );
  strictEqual(stdout, "95\n");
});
