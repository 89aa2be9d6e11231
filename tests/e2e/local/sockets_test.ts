/** Unix sockets of the target, filters, and networks without IPv6. */
import assert from "node:assert/strict";
import { cProgram } from "../../layer/programs.ts";
import { withConfiguration } from "../configuration.ts";
import { IsolatedTarget } from "../isolated_target.ts";
import { exec } from "../mirrord.ts";
import { python } from "../programs.ts";
import { abstractName, address, echoPort, packetsPath, privatePort, target, unixPath } from "../target/scene.ts";

/** What the program printed; it must have succeeded in silence. */
async function output(isolated: IsolatedTarget, command: string[], configuration: unknown): Promise<string> {
  await using configured = await withConfiguration(configuration);
  const { code, stdout, stderr } = await exec(isolated.path, command, { flags: configured.flags });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout;
}

const unixStreams = (...patterns: string[]) => ({ feature: { network: { outgoing: { unix_streams: patterns } } } });

Deno.test("unix sockets that match are the target's, by path and by abstract name; others are this machine's", async () => {
  await using isolated = await IsolatedTarget.start();
  const text = `
import socket
def say(path, kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_UNIX, kind); s.settimeout(5)
    try:
        s.connect(path); s.send(b"x")
        got = s.recv(99)
        while len(got) < 6: got += s.recv(9)
        print(got.decode(), repr(s.getpeername()))
    except OSError as error: print(error.errno)
    s.close()
say("${unixPath}")
say("${unixPath}\\0\\0\\0")
say("\\0${abstractName}")
say("${packetsPath}", socket.SOCK_SEQPACKET)
say("/srv/nobody.sock")
say("/srv/not-listed")
`;
  const expected = [
    `unix x '${unixPath}'`,
    `unix x '${unixPath}'`,
    `unix x b'\\x00${abstractName}'`,
    `packet x '${packetsPath}'`,
    "2",
    "2",
  ];
  const configuration = unixStreams("^/srv/.*sock$", `^@${abstractName}$`);
  assert.deepEqual((await output(isolated, python(text), configuration)).trim().split("\n"), expected);
});

Deno.test("a static program reaches the target's unix sockets", async () => {
  await using isolated = await IsolatedTarget.start();
  const program = await cProgram("unix_client", { musl: true, flags: ["-static"] });
  assert.equal(await output(isolated, [program, unixPath], unixStreams("greeter")), `unix x from ${unixPath}\n`);
});

/** Which of two destinations the program reached: the target's greeting, or a server of this machine. */
async function reached(filter: unknown, ...destinations: [host: string, port: number][]): Promise<string[]> {
  await using isolated = await IsolatedTarget.start();
  const text = `
import socket
for host, port in ${JSON.stringify(destinations)}:
    s = socket.socket(); s.settimeout(5)
    try:
        s.connect((host, port)); s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n"); print(s.recv(999).split(b"\\r\\n")[-1].decode())
    except OSError as error: print(error.errno)
`;
  return (await output(isolated, python(text), { feature: { network: { outgoing: { filter } } } })).trim().split("\n");
}

Deno.test("outgoing.filter keeps what it names here, or nothing but that at the target", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("here"));
  const { port } = server.addr;
  try {
    const both: [string, number][] = [["127.0.0.1", port], [target.serviceName, privatePort]];
    const local = [`127.0.0.1:${port}`, "127.0.0.0/8", `tcp://localhost:${port}`, `:${port}`];
    for (const entry of local) {
      assert.deepEqual(await reached({ local: [entry] }, ...both), ["here", "private service"]);
    }
    const remote = [target.serviceName, `${address}/32`, `${target.serviceName}:${privatePort}`];
    for (const entry of remote) {
      assert.deepEqual(await reached({ remote: [entry] }, ...both), ["here", "private service"], entry);
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test("a name that stays here is reached by this machine's address for it", async () => {
  // The target's hosts file knows the name as its own loopback's; so does this machine's.
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("here"));
  try {
    assert.deepEqual(await reached({ local: ["localhost"] }, ["localhost", server.addr.port]), ["here"]);
  } finally {
    await server.shutdown();
  }
});

Deno.test("without IPv6 there are neither its sockets nor its addresses", async () => {
  await using isolated = await IsolatedTarget.start();
  const text = `
import socket
try: socket.socket(socket.AF_INET6)
except OSError as error: print(error.errno)
print(sorted({found[4][0] for found in socket.getaddrinfo("db.e2e.internal", 80)}))`;
  const configuration = { feature: { network: { ipv6: false } } };
  assert.equal(await output(isolated, python(text), configuration), `97\n['${address}']\n`);
  const program = await cProgram("unix_client", { musl: true, flags: ["-static"] });
  assert.equal(await output(isolated, [program], configuration), "no IPv6\n");
});

Deno.test("interfaces are told without IPv6 by option", async () => {
  await using isolated = await IsolatedTarget.start();
  const text = "const all = Object.values(require('os').networkInterfaces()).flat();" +
    "console.log(all.length > 0, all.some(({ family }) => family === 'IPv6'));";
  const command = ["node", "-e", text];
  assert.equal(await output(isolated, command, { experimental: { hide_ipv6_interfaces: true } }), "true false\n");
});

Deno.test("a connection of a socket that came by fork, exec or a unix socket", async () => {
  await using isolated = await IsolatedTarget.start();
  const child = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); " +
    `s.connect(('${address}', ${echoPort})); s.sendall(b'exec'); print(s.recv(9), s.getpeername())`;
  const text = `
import array, os, socket, subprocess, sys
made = socket.socket(); made.bind(("127.0.0.1", 0))
subprocess.run([sys.executable, "-c", ${JSON.stringify(child)}, str(made.fileno())], pass_fds=[made.fileno()])
a, b = socket.socketpair()
if os.fork() == 0:
    sent = socket.socket(); socket.send_fds(a, [b"x"], [sent.fileno()]); os._exit(0)
_, fds, _, _ = socket.recv_fds(b, 1, 1); os.wait()
got = socket.socket(fileno=fds[0])
got.connect(("${address}", ${echoPort})); got.sendall(b"sent"); print(got.recv(9), got.getpeername())
`;
  const peer = `('${address}', ${echoPort})`;
  assert.equal(await output(isolated, python(text), {}), `b'exec' ${peer}\nb'sent' ${peer}\n`);
});
